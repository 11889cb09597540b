package dev.soma.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads the scripted provider with the JDK's client and with bare sockets.
final class Client implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final URI provider;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();

    Client(URI provider) {
        this.provider = provider;
    }

    static String body(String model, boolean stream, String more) {
        return "{\"model\":\""
                + model
                + "\",\"stream\":"
                + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"four words of prompt\"}"
                + more
                + "]}";
    }

    static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    java.net.http.HttpRequest.Builder request(String body) {
        return java.net.http.HttpRequest.newBuilder(provider.resolve("/v1/chat/completions"))
                .timeout(Duration.ofSeconds(10))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body));
    }

    HttpResponse<String> post(String model) throws IOException, InterruptedException {
        return send(request(body(model, false, "")));
    }

    HttpResponse<String> stream(String model) throws IOException, InterruptedException {
        return send(request(body(model, true, "")));
    }

    HttpResponse<InputStream> open(String model) throws IOException, InterruptedException {
        return http.send(request(body(model, true, "")).build(), BodyHandlers.ofInputStream());
    }

    HttpResponse<String> send(java.net.http.HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        var request =
                java.net.http.HttpRequest.newBuilder(provider.resolve(path))
                        .timeout(Duration.ofSeconds(10));
        return json(http.send(request.build(), BodyHandlers.ofString()).body());
    }

    /// The data of each event of a stream, in order.
    static List<String> events(String stream) {
        List<String> events = new ArrayList<>();
        for (String event : stream.split("\n\n")) {
            if (event.startsWith("data: ")) {
                events.add(event.substring(6));
            }
        }
        return events;
    }

    static List<String> words(List<String> events) {
        List<String> words = new ArrayList<>();
        for (String event : events) {
            if (event.contains("\"content\":\"") && event.endsWith("}")) {
                String content =
                        json(event)
                                .path("choices")
                                .path(0)
                                .path("delta")
                                .path("content")
                                .asString("");
                if (!content.isEmpty()) {
                    words.add(content);
                }
            }
        }
        return words;
    }

    /// Sends these bytes on a fresh connection and reads until the provider closes or enough bytes
    /// came.
    byte[] raw(String request, int enough) throws IOException {
        try (Socket socket = new Socket(provider.getHost(), provider.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            byte[] piece = new byte[65_536];
            InputStream in = socket.getInputStream();
            try {
                for (int n = in.read(piece); n >= 0 && got.size() < enough; n = in.read(piece)) {
                    got.write(piece, 0, n);
                }
            } catch (SocketException reset) {
                return got.toByteArray();
            }
            return got.toByteArray();
        }
    }

    static String rawRequest(String body) {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: "
                + length
                + "\r\n\r\n"
                + body;
    }

    @Override
    public void close() {
        http.close();
    }
}
