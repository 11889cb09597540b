package dev.soma.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Calls the platform as any client would. Thread-safe.
final class PlatformClient {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String gateway;
    private final String key;

    /// @param key sent as a bearer credential; empty sends none
    PlatformClient(String gateway, String key) {
        this.gateway = gateway;
        this.key = key;
    }

    /// An answer whose body has been read.
    record Answer(int status, Map<String, String> headers, String body) {
        JsonNode json() {
            return JsonMapper.shared().readTree(body);
        }

        boolean ok() {
            return status / 100 == 2;
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    PlatformClient as(String other) {
        return new PlatformClient(gateway, other);
    }

    String gateway() {
        return gateway;
    }

    Answer get(String path) throws IOException, InterruptedException {
        return read(request(path).GET());
    }

    Answer delete(String path) throws IOException, InterruptedException {
        return read(request(path).DELETE());
    }

    Answer post(String path, Object body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request(path).POST(json(body)).header("Content-Type", "application/json");
        return read(headers.length == 0 ? request : request.headers(headers));
    }

    /// Posts a body of YAML, which JSON is too.
    Answer postYaml(String path, byte[] body) throws IOException, InterruptedException {
        return read(
                request(path)
                        .POST(BodyPublishers.ofByteArray(body))
                        .header("Content-Type", "application/yaml"));
    }

    Answer put(String path, Object body) throws IOException, InterruptedException {
        return read(request(path).PUT(json(body)).header("Content-Type", "application/json"));
    }

    /// Posts and hands over the lines of the answer as they come.
    HttpResponse<Stream<String>> stream(String path, Object body)
            throws IOException, InterruptedException {
        HttpRequest request =
                request(path).POST(json(body)).header("Content-Type", "application/json").build();
        return http.send(request, BodyHandlers.ofLines());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(gateway + path)).timeout(TIMEOUT);
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    private static HttpRequest.BodyPublisher json(Object body) {
        return BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body));
    }

    private Answer read(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        response.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
        return new Answer(response.statusCode(), headers, response.body());
    }

    /// The answer, if it is one of success.
    ///
    /// @throws CommandException saying what was attempted and what the platform said
    static Answer require(String attempt, Answer answer) {
        if (!answer.ok()) {
            throw new CommandException(
                    "%s: the platform answered %d %s"
                            .formatted(attempt, answer.status(), answer.body()));
        }
        return answer;
    }
}
