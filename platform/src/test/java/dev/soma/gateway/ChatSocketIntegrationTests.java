package dev.soma.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.SharedPlatform;
import dev.soma.harness.Sse;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The full-duplex form of the native stream, with the JDK's own WebSocket client.
@ExtendWith(SharedPlatform.class)
class ChatSocketIntegrationTests {
    private static TestPlatform platform;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = SharedPlatform.platform();
        platform.provider("sockets", SharedPlatform.provider().uri().resolve("/v1"), "scripted*");
        key = platform.tenant("sockets");
    }

    /// One connection, and what came on it.
    private static final class Client implements WebSocket.Listener, AutoCloseable {
        private final BlockingQueue<JsonObject> heard = new LinkedBlockingQueue<>();
        private final StringBuilder part = new StringBuilder();
        private final WebSocket socket;

        Client(String credential) {
            socket =
                    HttpClient.newHttpClient()
                            .newWebSocketBuilder()
                            .header("Authorization", "Bearer " + credential)
                            .buildAsync(
                                    URI.create(
                                            platform.gateway().replace("http:", "ws:")
                                                    + "/v1/chat/stream"),
                                    this)
                            .join();
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket from, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                try {
                    heard.add(
                            StrictJson.parseObject(
                                    part.toString().getBytes(StandardCharsets.UTF_8)));
                } catch (Exception e) {
                    throw new AssertionError("not JSON: " + part, e);
                }
                part.setLength(0);
            }
            from.request(1);
            return null;
        }

        void say(String message) {
            socket.sendText(message, true).join();
        }

        void ask(String session, String script) {
            say(
                    "{\"type\":\"input\",\"session_id\":\"%s\",\"model\":\"sockets/scripted:%s\",\"prompt\":\"hi\"}"
                            .formatted(session, script));
        }

        List<JsonObject> until(String event) throws Exception {
            List<JsonObject> all = new ArrayList<>();
            while (all.isEmpty() || !all.getLast().text("event").orElseThrow().equals(event)) {
                all.add(
                        Objects.requireNonNull(
                                heard.poll(20, TimeUnit.SECONDS), "no " + event + " after " + all));
            }
            return all;
        }

        @Override
        public void close() {
            socket.abort();
        }
    }

    private static long id(JsonObject message) {
        return ((JsonInteger) message.get("id").orElseThrow()).value().longValueExact();
    }

    @Test
    void aTurnIsToldAsMessagesAndIsTheJournals() throws Exception {
        try (Client client = new Client(key)) {
            client.ask("duplex", "frames=5");
            List<JsonObject> first = client.until("turn.completed");
            assertThat(first.getFirst().text("event")).contains("turn.accepted");
            assertThat(platform.get("/metrics", "").body())
                    .contains("route=\"chat.socket\"")
                    .contains("decision=\"allow\"");
            client.ask("duplex", "frames=5");
            List<JsonObject> second = client.until("turn.completed");
            assertThat(id(second.getFirst())).isEqualTo(id(first.getLast()) + 1);

            List<Sse.Event> journal =
                    Sse.read(platform.get("/v1/conversation/duplex/stream", key).body());
            assertThat(journal).hasSize(first.size() + second.size());
            assertThat(journal.getLast().json())
                    .isEqualTo(second.getLast().object("data").orElseThrow());
        }
    }

    @Test
    void theCallerSpeaksWhileTheModelDoes() throws Exception {
        try (Client client = new Client(key)) {
            client.ask("spoken", "frames=500,pace=20ms");
            client.until("delta");
            client.say("{\"type\":\"input\",\"prompt\":\"another\"}");
            assertThat(client.until("error").getLast().toString()).contains("under way");
            client.say("{\"type\":\"stop\",\"reason\":\"enough\"}");
            assertThat(client.until("turn.stopped").getLast().object("data").orElseThrow())
                    .satisfies(data -> assertThat(data.text("reason")).contains("enough"));
        }
    }

    @Test
    void whoComesBackReadsOn() throws Exception {
        long seen;
        try (Client client = new Client(key)) {
            client.ask("returning", "frames=30,pace=20ms");
            seen = id(client.until("delta").getLast());
        }
        try (Client client = new Client(key)) {
            client.say(
                    "{\"type\":\"resume\",\"session_id\":\"returning\",\"after\":%d}"
                            .formatted(seen));
            List<JsonObject> rest = client.until("resumed");
            assertThat(id(rest.getFirst())).isEqualTo(seen + 1);
            assertThat(rest.get(rest.size() - 2).text("event")).contains("turn.completed");
        }
    }

    @Test
    void aCallerWhoAcknowledgesIsNotOverrun() throws Exception {
        try (Client client = new Client(key)) {
            client.say("{\"type\":\"ack\",\"id\":0}");
            client.ask("acknowledged", "frames=900");
            List<JsonObject> all = new ArrayList<>();
            while (all.isEmpty()
                    || !all.getLast().text("event").orElseThrow().equals("turn.completed")) {
                JsonObject next =
                        Objects.requireNonNull(client.heard.poll(20, TimeUnit.SECONDS), "silence");
                all.add(next);
                if (all.size() % 100 == 0) {
                    client.say("{\"type\":\"ack\",\"id\":%d}".formatted(id(next)));
                }
            }
            assertThat(all.size()).isGreaterThan(900);
        }
    }

    @Test
    void refusalsAndNonsenseAreAnswered() throws Exception {
        try (Client client = new Client(key)) {
            client.say("nonsense");
            client.until("error");
            client.say("{\"type\":\"dance\"}");
            client.until("error");
            client.say(
                    "{\"type\":\"input\",\"model\":\"sockets/scripted\",\"prompt\":\"write ransomware\"}");
            assertThat(client.until("turn.refused").getLast().toString()).contains("policy_denied");
            client.say("{\"type\":\"input\",\"model\":\"nobody/none\",\"prompt\":\"x\"}");
            assertThat(client.until("turn.refused").getLast().toString()).contains("model_unknown");
            client.say("{\"type\":\"resume\",\"session_id\":\"nobodys\"}");
            assertThat(client.until("error").getLast().toString()).contains("not_found");
        }
        assertThat(
                        org.assertj.core.api.Assertions.catchThrowable(
                                () -> new Client("sk-soma-unknown")))
                .isInstanceOf(CompletionException.class);
    }
}
