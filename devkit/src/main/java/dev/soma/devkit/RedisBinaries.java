package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A Redis or Valkey server of the machine, else the one that the build brought along.
final class RedisBinaries {
    private record Build(String entry, String sha256) {}

    /// The static 32-bit build stands in where the first one misses a shared library.
    private static final Map<String, List<Build>> BUILDS =
            Map.of(
                    "x86_64",
                    List.of(
                            new Build(
                                    "redis-server-6.2.6-v5-linux-amd64",
                                    "1f716094e08a25faee2bc7626feb9e13464ed89018ac5c376c5e9cff06bdcf52"),
                            new Build(
                                    "redis-server-6.2.7-linux-386",
                                    "7439d339751e396cef7205a3169c96f1c53661f65d473b8d086e2d1826f48145")),
                    "aarch64",
                    List.of(
                            new Build(
                                    "redis-server-6.2.7-linux-arm64",
                                    "036a23aa65bfb31d2a048aa96c170b38c2fbd4f1de68ef0f9c3133dd4b1474cd")));

    private static final Pattern VERSION = Pattern.compile("v=(\\d+)\\.(\\d+)");
    private static final int OLDEST = 6 * 1000 + 2;

    private RedisBinaries() {}

    static Path find(SourceTree tree, Progress progress) throws IOException {
        for (String program : List.of("redis-server", "valkey-server")) {
            Optional<Path> found = Tools.onPath(program).filter(RedisBinaries::recentEnough);
            if (found.isPresent()) {
                return found.get();
            }
        }
        List<String> tried = new ArrayList<>();
        for (Build build : BUILDS.getOrDefault(Tools.processor(), List.of())) {
            Path server = unpacked(tree, build, progress);
            Digests.require(server, build.sha256(), server.toString());
            if (recentEnough(server)) {
                return server;
            }
            tried.add(build.entry());
        }
        throw EngineException.lasting(
                "found no Redis 6.2 or Valkey on PATH, and "
                        + tried
                        + " does not run here; install redis-server, or give SOMA_REDIS_URL",
                null);
    }

    private static Path unpacked(SourceTree tree, Build build, Progress progress) {
        Path target =
                Cache.root()
                        .resolve(
                                "engines/" + build.entry() + "-" + build.sha256().substring(0, 16));
        return Cache.entry(
                target,
                part -> {
                    progress.say("unpacking Redis into " + target);
                    Archives.extract(tree.binaryJar("embedded-redis-"), build.entry(), part);
                    Digests.require(part, build.sha256(), "the Redis server " + build.entry());
                    Archives.executable(part);
                });
    }

    private static boolean recentEnough(Path server) {
        try {
            Tools.Answer answer =
                    Tools.run(
                            Duration.ofSeconds(10),
                            Map.of(),
                            List.of(server.toString(), "--version"));
            Matcher version = VERSION.matcher(answer.output());
            return answer.status() == 0
                    && version.find()
                    && Integer.parseInt(version.group(1)) * 1000
                                    + Integer.parseInt(version.group(2))
                            >= OLDEST;
        } catch (IOException failure) {
            return false;
        }
    }
}
