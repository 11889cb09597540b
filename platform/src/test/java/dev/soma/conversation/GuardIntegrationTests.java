package dev.soma.conversation;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.Sse;
import dev.soma.harness.Sse.Event;
import dev.soma.harness.TestKeys;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Answers that break a rule of the constitution are cut before the breach, in every dialect and
/// however the provider cuts its own bytes.
class GuardIntegrationTests {
    /// The scripted answer begins `bravo1 cargo2 delta3 ember4`, padded.
    private static final String SAFE = ScriptedProvider.textOf("scripted:frames=2");

    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.start(Map.of());
        String words = ScriptedProvider.textOf("scripted:frames=4");
        String forbidden = words.substring(SAFE.length()).strip();
        platform.publish(platform.keys().sign(forbidding(forbidden), "founder", "auditor"));
        platform.awaitConstitution("guarded");
        provider = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted*");
        key = platform.tenant("acme");
    }

    private static JsonObject forbidding(String phrase) throws Exception {
        JsonObject document = TestKeys.shipped("guarded");
        JsonObject rules = document.object("rules").orElseThrow();
        List<JsonValue> refusals = new ArrayList<>(rules.items("refusals"));
        refusals.add(
                JsonValue.object()
                        .put("name", "no_third_word")
                        .put("article", "99")
                        .put("phrases", JsonValue.texts(List.of(phrase)))
                        .build());
        return TestKeys.with(
                document, "rules", TestKeys.with(rules, "refusals", JsonValue.array(refusals)));
    }

    @AfterAll
    static void stop() throws Exception {
        provider.close();
        platform.close();
    }

    private static HttpResponse<String> chat(String script, boolean stream) throws Exception {
        return ok(
                platform.post(
                        "/v1/chat/completions",
                        key,
                        "{\"model\":\"scripted/scripted:%s\",\"stream\":%s,\"stream_options\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                                .formatted(
                                        script,
                                        stream,
                                        stream ? "{\"include_usage\":true}" : "null")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"frames=9", "frames=9,burst=9", "frames=9,split=bytes", "frames=4"})
    void aStreamEndsBeforeTheBreach(String script) throws Exception {
        var answer =
                platform.post(
                        "/v1/chat/stream",
                        key,
                        "{\"model\":\"scripted/scripted:%s\",\"prompt\":\"hi\"}".formatted(script));
        List<Event> events = Sse.read(ok(answer).body());
        StringBuilder text = new StringBuilder();
        events.stream()
                .filter(event -> event.name().equals("delta"))
                .forEach(event -> text.append(event.json().text("text").orElseThrow()));

        assertThat(text.toString()).isEqualTo(SAFE);
        assertThat(events.stream().map(Event::name))
                .endsWith("guard.cut", "usage", "turn.cut")
                .doesNotContain("turn.completed");
        JsonObject cut =
                events.stream()
                        .filter(event -> event.name().equals("guard.cut"))
                        .findFirst()
                        .orElseThrow()
                        .json();
        assertThat(cut.text("rule")).contains("no_third_word");
        assertThat(cut.text("article")).contains("99");
        String turn = events.getFirst().json().text("turn_id").orElseThrow();
        assertThat(platform.get("/v1/conversation/%s/stream".formatted(turn), key).body())
                .isEqualTo(answer.body());
        assertThat(platform.get("/v1/audit/entries?from=0&limit=1000", platform.adminKey()).body())
                .contains("\"type\":\"cut\"")
                .contains(turn);
    }

    @Test
    void theOpenAiDialectCallsItAContentFilter() throws Exception {
        var whole = json(chat("frames=9", false));
        assertThat(whole.items("choices").toString())
                .contains("content_filter")
                .doesNotContain("delta3");

        List<Event> events = Sse.read(chat("frames=9", true).body());
        assertThat(Sse.openAiText(events)).isEqualTo(SAFE);
        assertThat(events.toString()).contains("content_filter", "completion_tokens");
        assertThat(events.getLast().data()).isEqualTo("[DONE]");
    }

    @Test
    void whatIsHeldBackAtTheEndAndHarmlessIsTold() throws Exception {
        List<Event> events = Sse.read(chat("frames=3", true).body());
        assertThat(Sse.openAiText(events)).isEqualTo(ScriptedProvider.textOf("scripted:frames=3"));
    }

    @Test
    void aCutTurnIsSettledAndNotPartOfTheHistory() throws Exception {
        String body =
                "{\"session_id\":\"cut\",\"model\":\"scripted/scripted:frames=%d\",\"prompt\":\"one two\"}";
        var cut = platform.post("/v1/conversation/step", key, body.formatted(9));
        assertThat(cut.statusCode()).isEqualTo(403);
        assertThat(cut.body()).contains("output_refused", "no_third_word");
        var next = json(ok(platform.post("/v1/conversation/step", key, body.formatted(2))));

        assertThat(next.object("usage").orElseThrow().toString()).contains("value=2");
        assertThat(
                        platform.bean(JdbcClient.class)
                                .sql("SELECT coalesce(sum(held), 0) FROM budget_account")
                                .query(Long.class)
                                .single())
                .isZero();
    }
}
