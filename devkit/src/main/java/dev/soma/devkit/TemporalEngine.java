package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The Temporal server with its state in one SQLite file.
final class TemporalEngine implements Engine {
    private final Path folder;
    private final int port;
    private final int httpPort;

    TemporalEngine(Path folder, int port, int httpPort) {
        this.folder = folder.toAbsolutePath();
        this.port = port;
        this.httpPort = httpPort;
    }

    @Override
    public String name() {
        return "temporal";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String address() {
        return "127.0.0.1:" + port;
    }

    @Override
    public Launch launch(Progress progress) throws IOException {
        Path program = Fetches.temporal(progress);
        Home.createPrivate(folder);
        List<String> command =
                List.of(
                        program.toString(),
                        "server",
                        "start-dev",
                        "--db-filename",
                        folder.resolve("temporal.db").toString(),
                        "--ip",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--http-port",
                        Integer.toString(httpPort),
                        "--dynamic-config-value",
                        "matching.useNewMatcher=true",
                        "--dynamic-config-value",
                        "matching.enableFairness=true",
                        "--log-level",
                        "warn",
                        "--headless");
        return Launch.of(command, folder);
    }

    @Override
    public Optional<String> unreadyBecause() {
        return unreadyBecause("127.0.0.1", port);
    }

    /// The frontend accepts connections, calls itself healthy and serves the default namespace.
    static Optional<String> unreadyBecause(String host, int port) {
        if (!Ports.accepts(host, port, 500)) {
            return Optional.of("nothing accepts connections at " + host + ":" + port);
        }
        String address = host + ":" + port;
        Optional<String> unhealthy = ask(address, "operator", "cluster", "health");
        return unhealthy.isPresent()
                ? unhealthy
                : ask(address, "operator", "namespace", "describe", "--namespace", "default");
    }

    private static Optional<String> ask(String address, String... question) {
        try {
            List<String> command = new java.util.ArrayList<>();
            command.add(Fetches.temporal(Progress.silent()).toString());
            command.addAll(List.of(question));
            command.addAll(
                    List.of(
                            "--address",
                            address,
                            "--command-timeout",
                            "5s",
                            "--disable-config-file"));
            Tools.Answer answer = Tools.run(Duration.ofSeconds(8), Map.of(), command);
            return answer.status() == 0
                    ? Optional.empty()
                    : Optional.of("Temporal answers: " + answer.output());
        } catch (IOException failure) {
            return Optional.of("Temporal gave no answer: " + failure.getMessage());
        }
    }

    @Override
    public Duration readyWithin() {
        return Duration.ofMinutes(1);
    }
}
