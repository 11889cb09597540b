package dev.soma.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// An Open Policy Agent on loopback with one policy, as its own server. Ends with [#close()].
final class OpaServer implements AutoCloseable {
    private static final Duration READY_WITHIN = Duration.ofSeconds(60);

    private final Process process;
    private final URI address;
    private final Path folder;

    private OpaServer(Process process, URI address, Path folder) {
        this.process = process;
        this.address = address;
        this.folder = folder;
    }

    /// @throws IOException saying what it printed when it does not become ready
    static OpaServer start(Path binary, String rego, HttpClient http)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("soma-bench-opa");
        Path policy = folder.resolve("bench.rego");
        Path output = folder.resolve("output.txt");
        Files.writeString(policy, rego);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process process =
                new ProcessBuilder(
                                binary.toString(),
                                "run",
                                "--server",
                                "--addr",
                                "127.0.0.1:" + port,
                                "--log-level",
                                "error",
                                "--disable-telemetry",
                                policy.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        OpaServer server = new OpaServer(process, URI.create("http://127.0.0.1:" + port), folder);
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (!server.ready(http)) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                String said = Files.readString(output);
                server.close();
                throw new IOException("Open Policy Agent did not become ready: " + said);
            }
            LockSupport.parkNanos(50_000_000);
        }
        return server;
    }

    private boolean ready(HttpClient http) throws InterruptedException {
        try {
            return http.send(
                                    HttpRequest.newBuilder(address.resolve("/health"))
                                            .timeout(Duration.ofSeconds(2))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    URI questions() {
        return address.resolve("/v1/data/bench/deny");
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(folder.resolve("bench.rego"));
        Files.deleteIfExists(folder.resolve("output.txt"));
        Files.deleteIfExists(folder);
    }
}
