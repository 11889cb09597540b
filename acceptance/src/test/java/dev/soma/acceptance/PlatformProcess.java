package dev.soma.acceptance;

import dev.soma.devkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// One process of the packed jar with some of its roles, a folder of its own, and settings that the
/// test chooses.
final class PlatformProcess implements AutoCloseable {
    private static final long STOP_SECONDS = 35;

    private final String node;
    private final Path folder;
    private final Process process;
    private final Path log;

    /// @param folder holds `node/`, `run/`, the settings and the log
    PlatformProcess(Path folder, String node, String roles, Map<String, String> settings)
            throws IOException {
        this.node = node;
        this.folder = folder;
        this.log = folder.resolve("platform.log");
        Files.createDirectories(folder.resolve("node/secrets"));
        Files.createDirectories(folder.resolve("run"));
        Map<String, String> all = new TreeMap<>(settings);
        all.put("soma.node.id", node);
        all.put("soma.node.directory", folder.resolve("node").toString());
        all.put("soma.run.directory", folder.resolve("run").toString());
        List<String> lines = new ArrayList<>();
        all.forEach((key, value) -> lines.add(key + "=" + value));
        Path file = folder.resolve("platform.properties");
        Files.write(file, lines);
        process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx384m",
                                "-XX:+UseCompactObjectHeaders",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-jar",
                                SourceTree.find().platformJar().toString(),
                                "--soma.config=" + file,
                                "--roles=" + roles)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    Path nodeFolder() {
        return folder.resolve("node");
    }

    Path runFolder() {
        return folder.resolve("run");
    }

    AuditFolder audit() throws IOException {
        return new AuditFolder(
                nodeFolder().resolve("audit"),
                Files.readString(nodeFolder().resolve("audit.vkey")).strip());
    }

    /// Waits until a path answers with this status.
    void awaitAnswer(Http http, String path, int status) {
        Awaitility.await(node + " to answer " + status + " at " + path)
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> answers(http, path, status));
    }

    private boolean answers(Http http, String path, int status) throws InterruptedException {
        if (!process.isAlive()) {
            throw new AssertionError(node + " ended: " + tail());
        }
        try {
            return http.get(path, "").status() == status;
        } catch (IOException notYet) {
            return false;
        }
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return "its log cannot be read: " + e;
        }
    }

    /// Asks it to end, and ends it if it does not.
    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(node + " did not end within " + STOP_SECONDS + " s");
        }
    }
}
