package dev.soma.constitution.internal;

import dev.soma.constitution.internal.Alarms.Alarm;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a SomaBrain says of its own constitution: `GET constitution/version` with a
/// `constitution_version`, its checksum. Its workers load the document once and may answer with an
/// old one for a while, and anybody may ask it to load another, so this is never a source: when it
/// keeps saying something else than the store, somebody should look.
///
/// One thread at a time.
class VersionHint {
    private static final Logger log = LoggerFactory.getLogger(VersionHint.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int MAX_BYTES = 1 << 16;
    private static final int DIFFERENT_POLLS = 5;

    private final URI address;
    private final Alarms alarms;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .connectTimeout(PATIENCE)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
    private int different;

    VersionHint(URI base, Alarms alarms) {
        String root = base.toString();
        this.address =
                URI.create((root.endsWith("/") ? root : root + "/") + "constitution/version");
        this.alarms = alarms;
    }

    /// Asks, and raises the alarm at the fifth different answer in a row.
    void compare(String hash) {
        Optional<String> told = ask();
        if (told.isEmpty()) {
            return;
        }
        different = told.get().equals(hash) ? 0 : different + 1;
        if (different == DIFFERENT_POLLS) {
            alarms.raise(
                    Alarm.HINT_DIFFERS,
                    hash,
                    "%s names another document at %d polls in a row"
                            .formatted(address, DIFFERENT_POLLS));
        }
    }

    private Optional<String> ask() {
        HttpRequest request = HttpRequest.newBuilder(address).timeout(PATIENCE).build();
        try {
            HttpResponse<InputStream> answer =
                    client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = answer.body()) {
                return answer.statusCode() == 200
                        ? StrictJson.parseObject(body.readNBytes(MAX_BYTES))
                                .text("constitution_version")
                        : Optional.empty();
            }
        } catch (IOException | MalformedJson e) {
            log.atWarn()
                    .log(
                            "no hint from %s: it does not answer as SomaBrain does"
                                    .formatted(address));
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
