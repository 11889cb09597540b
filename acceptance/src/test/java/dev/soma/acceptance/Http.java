package dev.soma.acceptance;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A plain HTTP client of one address.
final class Http {
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();
    private final String base;

    Http(String base) {
        this.base = base;
    }

    String base() {
        return base;
    }

    record Answer(int status, HttpResponse<byte[]> raw) {
        String text() {
            return new String(raw.body(), StandardCharsets.UTF_8);
        }

        JsonNode json() {
            return JsonMapper.shared().readTree(raw.body());
        }

        String header(String name) {
            return raw.headers().firstValue(name).orElse("");
        }

        Answer ok() {
            if (status / 100 != 2) {
                throw new AssertionError("%s answered %d: %s".formatted(raw.uri(), status, text()));
            }
            return this;
        }
    }

    Answer get(String path, String key) throws IOException, InterruptedException {
        return send("GET", path, key, "");
    }

    Answer post(String path, String key, String body, String... headers)
            throws IOException, InterruptedException {
        return send("POST", path, key, body, headers);
    }

    Answer put(String path, String key, String body) throws IOException, InterruptedException {
        return send("PUT", path, key, body);
    }

    Answer delete(String path, String key) throws IOException, InterruptedException {
        return send("DELETE", path, key, "");
    }

    private Answer send(String method, String path, String key, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest request =
                request(path, key, headers)
                        .method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build();
        HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(answer.statusCode(), answer);
    }

    HttpRequest.Builder request(String path, String key, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path))
                        .timeout(Duration.ofSeconds(60))
                        .header("Content-Type", "application/json");
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return headers.length == 0 ? request : request.headers(headers);
    }
}
