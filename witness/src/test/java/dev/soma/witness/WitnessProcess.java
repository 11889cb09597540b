package dev.soma.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The real witness in a JVM of its own.
final class WitnessProcess implements AutoCloseable {
    static final String NAME = "witness.example/w1";

    private final Path state;
    private final Path logs;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();
    private @Nullable Process process;
    private int port;

    record Ended(int status, String output) {}

    private WitnessProcess(Path folder) {
        this.state = folder.resolve("state");
        this.logs = folder.resolve("logs.vkeys");
    }

    /// A witness of these logs, initialised and started.
    static WitnessProcess of(Path folder, TestLog... accepted) throws Exception {
        WitnessProcess witness = new WitnessProcess(folder);
        witness.accept(accepted);
        witness.require("--init", "--name", NAME);
        witness.require("--admit", "--log", witness.logs.toString());
        witness.start();
        return witness;
    }

    void accept(TestLog... accepted) throws IOException {
        Files.write(logs, Arrays.stream(accepted).map(TestLog::vkey).toList());
    }

    private void require(String... words) throws Exception {
        Ended ended = runToEnd(words);
        if (ended.status() != 0) {
            throw new AssertionError(ended.output());
        }
    }

    private List<String> command(String... words) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx64m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Witness.class.getName(),
                                "--state",
                                state.toString()));
        command.addAll(List.of(words));
        return command;
    }

    Ended runToEnd(String... words) throws Exception {
        Process run = new ProcessBuilder(command(words)).redirectErrorStream(true).start();
        String output = new String(run.getInputStream().readAllBytes(), UTF_8);
        return new Ended(run.waitFor(), output);
    }

    Ended serveToEnd() throws Exception {
        return runToEnd("--log", logs.toString(), "--listen", "127.0.0.1:0");
    }

    void start() throws IOException {
        Process started =
                new ProcessBuilder(command("--log", logs.toString(), "--listen", "127.0.0.1:0"))
                        .redirectErrorStream(true)
                        .start();
        process = started;
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(started.getInputStream(), UTF_8));
        String first = String.valueOf(lines.readLine());
        if (!first.contains("answers at port ")) {
            throw new AssertionError(first + "\n" + String.join("\n", lines.lines().toList()));
        }
        port = Integer.parseInt(first.substring(first.lastIndexOf(' ') + 1));
        Thread.ofVirtual().start(() -> drain(lines));
    }

    private static void drain(BufferedReader lines) {
        try {
            lines.lines().forEach(line -> {});
        } catch (UncheckedIOException killed) {
            // A killed process leaves its pipe in the middle of a line.
        }
    }

    /// `kill -9`.
    void kill() throws InterruptedException {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            running.waitFor(20, TimeUnit.SECONDS);
        }
    }

    String vkey() throws IOException {
        return Files.readString(state.resolve("witness.vkey")).strip();
    }

    Path state() {
        return state;
    }

    Path noteFile(String origin) {
        return state.resolve(
                HexFormat.of().formatHex(TestLog.sha256(origin.getBytes(UTF_8))) + ".note");
    }

    HttpResponse<String> submit(byte[] body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(uri("/add-checkpoint"))
                        .timeout(Duration.ofSeconds(20))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public void close() throws InterruptedException {
        kill();
        http.close();
    }
}
