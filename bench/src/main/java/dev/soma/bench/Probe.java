package dev.soma.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/// One request before the load, so that a wrong set-up is a sentence and not a table of failures.
final class Probe {
    private static final Duration TIME = Duration.ofSeconds(20);
    private static final int MOST_SHOWN = 400;

    private Probe() {}

    static boolean answers(URI provider) {
        try (HttpClient client = client()) {
            java.net.http.HttpRequest request =
                    java.net.http.HttpRequest.newBuilder(provider.resolve("/health"))
                            .timeout(TIME)
                            .build();
            return client.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static Optional<String> trouble(Target target) {
        Lane lane = Lane.closed("probe", false, 4, 1);
        try (HttpClient client = client()) {
            var request =
                    java.net.http.HttpRequest.newBuilder(
                                    target.base().resolve(target.completions()))
                            .timeout(TIME)
                            .header("content-type", "application/json")
                            .POST(BodyPublishers.ofString(lane.body(target, 0)));
            target.headers().forEach(request::header);
            HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
            if (response.statusCode() == 200) {
                return Optional.empty();
            }
            String body = response.body();
            String shown = body.substring(0, Math.min(MOST_SHOWN, body.length()));
            return Optional.of(
                    target.name()
                            + " answers "
                            + response.statusCode()
                            + " for model "
                            + target.modelPrefix()
                            + lane.script()
                            + ": "
                            + shown
                            + hint(target));
        } catch (IOException e) {
            return Optional.of(target.name() + " at " + target.base() + " does not answer: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }

    private static String hint(Target target) {
        return target.name().equals(GatewayBench.GATEWAY)
                ? "\nThe gateway needs a provider 'scripted' with the scripted provider as base URL (POST /v1/providers)."
                : "";
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }
}
