package dev.soma.acceptance;

import static dev.soma.acceptance.SharedPlatform.address;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The browser's own EventSource hears what the gateway sent: each stream byte by byte, the
/// product's own with a cut at every place, and live with the connection cut every few frames.
class BrowserAcceptanceTests {
    private final SharedPlatform shared = SharedPlatform.get();
    private final Http gateway = new Http(shared.platform().gateway());

    @TempDir Path folder = Path.of("");

    private byte[] stream(String path, String body) throws IOException, InterruptedException {
        return gateway.post(path, shared.key(), body).ok().raw().body();
    }

    @Test
    void itsEventSourceHearsEveryFrameHoweverTheStreamIsCut() throws Exception {
        String session = "browser";
        String model = address(SharedPlatform.SCRIPTED);
        String chat =
                "{\"model\":\"%s\",\"stream\":true,\"max_tokens\":24,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
                        .formatted(model);
        Map<String, byte[]> streams =
                Map.of(
                        "native",
                        stream(
                                "/v1/conversation/stream",
                                "{\"session_id\":\"%s\",\"model\":\"%s\",\"prompt\":\"h\u00e9llo\"}"
                                        .formatted(session, model)),
                        "chat",
                        stream("/v1/chat/completions", chat),
                        "messages",
                        stream("/v1/messages", chat),
                        "responses",
                        stream(
                                "/v1/responses",
                                "{\"model\":\"%s\",\"stream\":true,\"input\":\"hello\"}"
                                        .formatted(model)));
        URI live = URI.create(gateway.base() + "/v1/conversation/%s/stream".formatted(session));
        JsonNode result;
        int connections;
        try (EventPages pages = new EventPages(streams, live, shared.key());
                Browser browser = Browser.at(pages.address(), folder)) {
            result = pages.result().get(240, TimeUnit.SECONDS);
            connections = pages.liveConnections();
        }
        streams.forEach(
                (name, bytes) -> {
                    JsonNode heard = result.path("streams").path(name);
                    assertThat(heard.path("wrong")).as("%s: %s", name, heard).isEmpty();
                    assertThat(heard.path("tried").asInt())
                            .isEqualTo(name.equals("native") ? bytes.length : 1);
                });
        assertThat(result.path("live").asString("")).as(result.toString()).isEqualTo("same");
        assertThat(connections).isGreaterThan(2);
    }
}
