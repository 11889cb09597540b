package dev.soma.provider;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.RawHttp;
import dev.soma.harness.TestPlatform;
import dev.soma.harness.Topics;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Every call of a model is told on the three topics, as it was settled.
class CallEventsIntegrationTests {
    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        provider = ScriptedProvider.start(0);
        ok(
                platform.post(
                        "/v1/providers",
                        platform.adminKey(),
                        """
                        {"id":"priced","base_url":"%s/v1","models":[{"id":"scripted*","continues":true,
                         "price":{"input_per_million":1.5,"output_per_million":3,"currency":"USD"}}]}
                        """
                                .formatted(provider.uri())));
        key = platform.tenant("acme");
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
        provider.close();
    }

    private static JsonObject step(String model) throws Exception {
        return json(
                ok(
                        platform.post(
                                "/v1/conversation/step",
                                key,
                                "{\"model\":\"%s\",\"prompt\":\"hello there\"}".formatted(model))));
    }

    /// What a topic tells of a turn, checked against the published schema of its type.
    private static List<JsonObject> told(String topic, String turn, int count) throws Exception {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> of(topic, turn).size() >= count);
        List<JsonObject> events = of(topic, turn);
        assertThat(events).hasSize(count);
        for (JsonObject event : events) {
            assertThat(mistakes(event)).isEmpty();
            assertThat(event.text("traceparent")).isPresent();
        }
        return events.stream().map(event -> event.object("data").orElseThrow()).toList();
    }

    private static List<JsonObject> of(String topic, String turn) throws Exception {
        return Topics.events(topic).stream()
                .filter(
                        event ->
                                event.object("data")
                                        .flatMap(data -> data.text("turn_id"))
                                        .equals(Optional.of(turn)))
                .toList();
    }

    private static List<String> mistakes(JsonObject event) throws Exception {
        String name =
                "/contracts/events/%s.schema.json".formatted(event.text("type").orElseThrow());
        try (var in = CallEventsIntegrationTests.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            String data = CanonicalJson.JCS.text(event.object("data").orElseThrow());
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .validate(data, InputFormat.JSON)
                    .stream()
                    .map(Object::toString)
                    .toList();
        }
    }

    private static String text(JsonObject data, String name) {
        return data.get(name).map(CanonicalJson.JCS::text).orElse("");
    }

    @Test
    void aCallIsToldWithWhatWasBooked() throws Exception {
        JsonObject turn = step("priced/scripted:frames=7,delay=30");
        String id = turn.text("turn_id").orElseThrow();
        JsonObject asked = told("slm.requests", id, 1).getFirst();
        JsonObject ended = told("slm.responses", id, 1).getFirst();
        JsonObject measured = told("slm.metrics", id, 1).getFirst();

        for (String topic : List.of("slm.requests", "slm.responses", "slm.metrics")) {
            assertThat(of(topic, id).getFirst().text("subject")).contains("calls/" + id);
        }
        assertThat(of("slm.metrics", id).getFirst().text("sequence")).contains("3");
        assertThat(asked.text("call_id"))
                .isEqualTo(ended.text("call_id"))
                .isEqualTo(measured.text("call_id"));
        assertThat(asked.text("provider")).contains("priced");
        assertThat(asked.text("decision_id"))
                .isEqualTo(turn.object("decision").flatMap(d -> d.text("decision_id")));
        assertThat(ended.text("outcome")).contains("completed");
        assertThat(ended.text("finish_reason")).contains("stop");
        assertThat(measured.text("counted_by")).contains("provider");
        JsonObject usage = turn.object("usage").orElseThrow();
        JsonObject tokens = measured.object("tokens").orElseThrow();
        assertThat(text(tokens, "input")).isEqualTo(text(usage, "input_tokens"));
        assertThat(text(tokens, "output")).isEqualTo(text(usage, "output_tokens")).isEqualTo("7");
        assertThat(text(measured, "cost_micro_usd")).isEqualTo(text(turn, "cost_micro_usd"));
        assertThat(Long.parseLong(text(measured, "ttft_ms"))).isGreaterThanOrEqualTo(30);
        assertThat(Long.parseLong(text(measured, "duration_ms")))
                .isGreaterThanOrEqualTo(Long.parseLong(text(measured, "ttft_ms")));
    }

    @Test
    void eachCallOfATurnIsToldByItself() throws Exception {
        ok(
                platform.put(
                        "/v1/model-profiles",
                        platform.adminKey(),
                        """
                        {"tenant":"acme","name":"two","targets":["priced/scripted:status=500","priced/scripted:frames=3"]}
                        """));
        String id = step("two").text("turn_id").orElseThrow();
        List<JsonObject> asked = told("slm.requests", id, 2);
        List<JsonObject> measured = told("slm.metrics", id, 2);

        assertThat(asked.stream().map(data -> text(data, "attempt"))).containsExactly("1", "2");
        assertThat(asked.get(0).text("decision_id")).isNotEqualTo(asked.get(1).text("decision_id"));
        assertThat(
                        told("slm.responses", id, 2).stream()
                                .map(data -> data.text("outcome").orElse("")))
                .containsExactly("server_error", "completed");
        assertThat(text(measured.getFirst(), "cost_micro_usd")).isEqualTo("0");
        assertThat(text(measured.getFirst(), "ttft_ms")).isEmpty();
    }

    @Test
    void whatWasStoppedIsToldAsThePlatformCountedIt() throws Exception {
        String id;
        try (RawHttp client = new RawHttp(platform.gateway())) {
            client.post(
                    "/v1/chat/stream",
                    key,
                    "{\"model\":\"priced/scripted:frames=400,pace=20\",\"prompt\":\"hi\",\"session_id\":\"halted\"}");
            client.readUntil("event: delta");
            id =
                    json(ok(platform.get("/v1/sessions/halted", key)))
                            .text("running_turn")
                            .orElseThrow();
            ok(platform.post("/v1/sessions/halted/stop", key, "{}"));
            client.readUntil("turn.stopped");
        }
        JsonObject measured = told("slm.metrics", id, 1).getFirst();
        assertThat(measured.text("outcome")).contains("cancelled");
        assertThat(measured.text("counted_by")).contains("platform");
    }

    @Test
    void aKeptAnswerIsNoCall() throws Exception {
        ok(
                platform.put(
                        "/v1/model-profiles",
                        platform.adminKey(),
                        """
                        {"tenant":"acme","name":"kept","targets":["priced/scripted:frames=2"],"cache_seconds":60}
                        """));
        String first = step("kept").text("turn_id").orElseThrow();
        String second = step("kept").text("turn_id").orElseThrow();
        String third = step("priced/scripted:frames=2").text("turn_id").orElseThrow();
        told("slm.metrics", first, 1);
        told("slm.metrics", third, 1);
        assertThat(of("slm.metrics", second)).isEmpty();
    }
}
