package dev.soma.devkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Programs of the machine: where they are, and what they answer.
public final class Tools {
    private static final Map<String, Boolean> WORKS = new ConcurrentHashMap<>();

    private Tools() {}

    /// What a program printed, and its exit status.
    public record Answer(int status, String output) {}

    public static Optional<Path> onPath(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
            Path file = Path.of(folder.isEmpty() ? "." : folder, program);
            if (Files.isExecutable(file) && !Files.isDirectory(file)) {
                return Optional.of(file.toAbsolutePath());
            }
        }
        return Optional.empty();
    }

    /// Runs a program to its end; both outputs together, cut off at the time given.
    public static Answer run(Duration within, Map<String, String> environment, List<String> command)
            throws IOException {
        Path output = Files.createTempFile("soma-tool", ".out");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new IOException(
                        command.getFirst() + " did not end within " + within.toSeconds() + " s");
            }
            return new Answer(
                    process.exitValue(), Files.readString(output, StandardCharsets.UTF_8).strip());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while running " + command.getFirst(), interrupted);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /// Whether the command ends with status 0 here; asked once.
    static boolean works(List<String> command) {
        return WORKS.computeIfAbsent(
                String.join(" ", command),
                key -> {
                    try {
                        return run(Duration.ofSeconds(10), Map.of(), command).status() == 0;
                    } catch (IOException absent) {
                        return false;
                    }
                });
    }

    /// The second line of defence beside the guard: the kernel signals the engine when its guard is
    /// killed.
    static List<String> deathSignal(String signal) {
        return works(List.of("setpriv", "--pdeathsig", signal, "true"))
                ? List.of("setpriv", "--pdeathsig", signal)
                : List.of();
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static String python() {
        String named = System.getenv().getOrDefault("SOMA_PYTHON", "");
        return named.isBlank() ? "python3" : named;
    }

    /// The processor in the words of the archives: x86_64 or aarch64.
    static String processor() {
        String name = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return switch (name) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default ->
                    throw EngineException.lasting(
                            "this processor is "
                                    + name
                                    + "; engines are shipped for x86_64 and aarch64. "
                                    + "Give their addresses instead (SOMA_POSTGRES_URL, SOMA_REDIS_URL, ...)",
                            null);
        };
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
