package dev.soma.slm;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A real server in a process of its own, and a client for it.
final class SlmProcess implements AutoCloseable {
    static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Process process;
    private final Path errors;
    private final int port;

    private SlmProcess(Process process, Path errors, int port) {
        this.process = process;
        this.errors = errors;
        this.port = port;
    }

    /// One server that the tests share; it ends with them.
    static SlmProcess shared() {
        return Shared.SERVER;
    }

    private static final class Shared {
        private static final SlmProcess SERVER = start("--context", "2048");

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close));
        }
    }

    static Process launch(Path errors, List<String> arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "dev.soma.slm.SlmServer"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        // Not as an argument: ONNX Runtime ends a process whose command line is over 4 KiB.
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.start();
    }

    static SlmProcess start(String... extra) {
        List<String> arguments =
                Stream.concat(Stream.of("--model", ModelFile.path().toString()), Stream.of(extra))
                        .toList();
        try {
            Path errors = Files.createTempFile("slm-test-", ".log");
            errors.toFile().deleteOnExit();
            Process process = launch(errors, arguments);
            BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            String ready = lines.readLine();
            if (ready == null) {
                throw new IllegalStateException(
                        "the server did not start, exit status %d: %s"
                                .formatted(process.waitFor(), Files.readString(errors)));
            }
            return new SlmProcess(process, errors, Json.read(ready).get("port").intValue());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    Process process() {
        return process;
    }

    int port() {
        return port;
    }

    String errorLines() {
        try {
            return Files.readString(errors);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60));
    }

    HttpRequest post(String path, String body) {
        return request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    HttpResponse<String> get(String path) {
        return send(request(path).build());
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> chat(ObjectNode body) {
        return send(post("/v1/chat/completions", Json.write(body)));
    }

    JsonNode ok(String path, String body) {
        HttpResponse<String> response = send(post(path, body));
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return Json.read(response.body());
    }

    int tokens(String content) {
        ObjectNode body = Json.object().put("content", content);
        return ok("/v1/tokenize", Json.write(body)).get("count").intValue();
    }

    /// The value of a sample of `/metrics`, zero when it is not there yet.
    double metric(String sample) {
        Matcher found =
                Pattern.compile("^" + Pattern.quote(sample) + " (.+)$", Pattern.MULTILINE)
                        .matcher(get("/metrics").body());
        return found.find() ? Double.parseDouble(found.group(1)) : 0;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
