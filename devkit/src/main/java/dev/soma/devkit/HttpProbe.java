package dev.soma.devkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/// Asks an HTTP part whether it is ready.
final class HttpProbe {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(1))
                    .build();
    private static final int SHOWN_CHARS = 300;

    private HttpProbe() {}

    /// The server answers something that is not its own failure.
    static Optional<String> silentBecause(String url) {
        return ask(url, 499);
    }

    static Optional<String> unreadyBecause(String url) {
        return ask(url, 200);
    }

    private static Optional<String> ask(String url, int highestGoodStatus) {
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url))
                            .timeout(Duration.ofSeconds(5))
                            .GET()
                            .build();
            HttpResponse<String> answer =
                    CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 200 && answer.statusCode() <= highestGoodStatus) {
                return Optional.empty();
            }
            String body = answer.body().strip();
            return Optional.of(
                    "GET "
                            + url
                            + " answers "
                            + answer.statusCode()
                            + " "
                            + body.substring(0, Math.min(SHOWN_CHARS, body.length())));
        } catch (IOException | IllegalArgumentException failure) {
            return Optional.of("GET " + url + " has no answer: " + failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }
}
