package dev.soma.cli;

import dev.soma.devkit.SourceTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs `soma` in a JVM of its own with a home folder of its own.
final class Shell {
    private final Path home;
    private final Map<String, String> environment = new LinkedHashMap<>();

    /// What a command printed, and how it ended.
    record Result(int status, String out, String err) {}

    Shell(Path home) {
        this.home = home;
        environment.put("SOMA_HOME", home.toString());
    }

    Shell with(String variable, String value) {
        Shell other = new Shell(home);
        other.environment.putAll(environment);
        other.environment.put(variable, value);
        return other;
    }

    Result soma(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("soma", ".out");
        Path err = Files.createTempFile("soma", ".err");
        List<String> command = command();
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                throw new IOException("soma " + String.join(" ", arguments) + " did not end");
            }
            return new Result(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static List<String> command() {
        return new ArrayList<>(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dsoma.root=" + SourceTree.find().root(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Soma.class.getName()));
    }

    /// What starts `soma`, for a script.
    String commandLine() {
        return "'" + String.join("' '", command()) + "'";
    }

    /// Starts a script; both outputs go into one file.
    Process bash(Path folder, String script, Path output) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("bash", "-c", script)
                        .directory(folder.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }
}
