package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The checked-out repository, from whose build folders engines and jars are started.
public record SourceTree(Path root) {
    public static final String VERSION = "0.1.0";

    /// Property `soma.root`, else environment `SOMA_ROOT`, else the nearest folder above that holds
    /// the launcher and the parent POM.
    public static SourceTree find() {
        String named =
                System.getProperty("soma.root", System.getenv().getOrDefault("SOMA_ROOT", ""));
        if (!named.isBlank()) {
            return new SourceTree(Path.of(named).toAbsolutePath().normalize());
        }
        @Nullable Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            if (Files.exists(folder.resolve("engines/kafka/pom.xml"))
                    && Files.exists(folder.resolve("devkit"))) {
                return new SourceTree(folder);
            }
            folder = folder.getParent();
        }
        throw EngineException.lasting(
                "looked for the SomaAgent Hub repository above "
                        + Path.of("").toAbsolutePath()
                        + " and found none; start from inside it or set SOMA_ROOT to its folder",
                null);
    }

    public Path kafkaJars() {
        return built(root.resolve("engines/kafka/target/lib"));
    }

    public Path slmJar() {
        return built(root.resolve("slm/target/slm-" + VERSION + ".jar"));
    }

    public Path witnessJar() {
        return built(root.resolve("witness/target/witness-" + VERSION + ".jar"));
    }

    public Path platformJar() {
        return built(root.resolve("platform/target/platform-" + VERSION + ".jar"));
    }

    /// The jar in engines/binaries whose file name starts so.
    Path binaryJar(String prefix) {
        Path folder = built(root.resolve("engines/binaries/target/lib"));
        try (var files = Files.list(folder)) {
            List<Path> found =
                    files.filter(file -> file.getFileName().toString().startsWith(prefix))
                            .sorted()
                            .toList();
            if (!found.isEmpty()) {
                return found.getLast();
            }
        } catch (IOException failure) {
            throw EngineException.lasting("could not list " + folder, failure);
        }
        throw EngineException.lasting(
                "found no "
                        + prefix
                        + "*.jar in "
                        + folder
                        + "; build with ./soma up or mvn package",
                null);
    }

    private static Path built(Path path) {
        if (!Files.exists(path)) {
            throw EngineException.lasting(
                    path
                            + " is missing: it comes from the build; run ./soma up, or mvn package -DskipTests",
                    null);
        }
        return path;
    }
}
