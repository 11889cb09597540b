package dev.soma.conversation.internal;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.Turns.Delivery;
import dev.soma.conversation.Turns.OnDisconnect;
import dev.soma.conversation.Turns.Past;
import dev.soma.conversation.Turns.Task;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.AnswerCache.Answer;
import dev.soma.conversation.internal.AnswerCache.Part;
import dev.soma.harness.Actors;
import dev.soma.harness.Sse;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.provider.ModelRoute;
import dev.soma.provider.ModelRoute.Caching;
import dev.soma.provider.Providers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/// An answer that is kept saves the call of a model and nothing else: the turn is decided, guarded,
/// journaled and recorded like any other.
class CacheIntegrationTests {
    private static final String GOOD = "kept/scripted:frames=12";

    private static TestPlatform platform;
    private static ScriptedProvider server;
    private static String acme;
    private static String globex;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        server = ScriptedProvider.start(0);
        platform.provider("kept", server.uri().resolve("/v1"), "scripted*");
        acme = platform.tenant("acme");
        globex = platform.tenant("globex");
        profile("acme", "fast", GOOD);
        profile("globex", "fast", GOOD);
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
        server.close();
    }

    private static void profile(String tenant, String name, String model) throws Exception {
        ok(
                platform.put(
                        "/v1/model-profiles",
                        platform.adminKey(),
                        "{\"tenant\":\"%s\",\"name\":\"%s\",\"targets\":[\"%s\"],\"cache_seconds\":600}"
                                .formatted(tenant, name, model)));
    }

    private static String prompt() {
        return "prompt " + UUID.randomUUID();
    }

    private static HttpResponse<String> chat(
            String key, String model, String prompt, boolean stream, String... headers)
            throws Exception {
        return platform.post(
                "/v1/chat/completions",
                key,
                "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                        .formatted(model, stream, prompt),
                headers);
    }

    private static String status(HttpResponse<String> answer) {
        return ok(answer).headers().firstValue("cache-status").orElse("");
    }

    private static long calls() {
        return server.counters().requests();
    }

    @Test
    void theSameRequestIsAnsweredWithoutTheModelInEveryForm() throws Exception {
        String prompt = prompt();
        long before = calls();
        assertThat(status(chat(acme, "fast", prompt, false))).isEqualTo("soma; fwd=miss");
        HttpResponse<String> whole = chat(acme, "fast", prompt, false);
        HttpResponse<String> stream = chat(acme, "fast", prompt, true);
        HttpResponse<String> nativeStream =
                platform.post(
                        "/v1/chat/stream",
                        acme,
                        "{\"model\":\"fast\",\"prompt\":\"%s\"}".formatted(prompt));

        assertThat(calls() - before).isEqualTo(1);
        assertThat(status(whole)).isEqualTo("soma; hit");
        assertThat(Long.parseLong(whole.headers().firstValue("age").orElseThrow()))
                .isBetween(0L, 60L);
        assertThat(whole.body()).contains(ScriptedProvider.textOf(GOOD.substring(5)));
        assertThat(status(stream)).isEqualTo("soma; hit");
        assertThat(Sse.openAiText(Sse.read(stream.body())))
                .isEqualTo(ScriptedProvider.textOf(GOOD.substring(5)));
        assertThat(stream.body()).endsWith("data: [DONE]\n\n");
        assertThat(nativeStream.body()).contains("\"cache\":\"hit\"").contains("turn.completed");
    }

    @Test
    void aHitIsDecidedJournaledSettledAndRecordedLikeAnyTurn() throws Exception {
        String prompt = prompt();
        ok(chat(acme, "fast", prompt, false));
        HttpResponse<String> hit =
                platform.post(
                        "/v1/conversation/step",
                        acme,
                        "{\"model\":\"fast\",\"prompt\":\"%s\"}".formatted(prompt));
        assertThat(status(hit)).isEqualTo("soma; hit");
        JsonObject turn = json(hit);
        String id = turn.text("turn_id").orElseThrow();
        String decision = hit.headers().firstValue("x-decision-id").orElseThrow();

        assertThat(ok(platform.get("/v1/conversation/" + id + "/stream", acme)).body())
                .contains("\"cache\":\"hit\"")
                .contains("turn.completed");
        assertThat(
                        platform.bean(JdbcClient.class)
                                .sql(
                                        "SELECT state || ' ' || decision_id FROM turn WHERE id = ?::uuid")
                                .param(id)
                                .query(String.class)
                                .single())
                .isEqualTo("COMPLETED " + decision);
        assertThat(((JsonInteger) turn.get("cost_micro_usd").orElseThrow()).value().intValue())
                .isZero();
        assertThat(
                        platform.bean(JdbcClient.class)
                                .sql("SELECT word FROM decision WHERE id = ?::uuid")
                                .param(decision)
                                .query(String.class)
                                .single())
                .isEqualTo("allow");
    }

    /// Nothing that breaks a rule is ever kept, so the test puts it there.
    @Test
    void aKeptAnswerPassesTheGuardAgain() throws Exception {
        String prompt = prompt();
        String hash =
                ok(chat(acme, "fast", prompt, false))
                        .headers()
                        .firstValue("x-constitution-hash")
                        .orElseThrow();
        String phrase = "forget the constitution";
        TenantId tenant = new TenantId("acme");
        ModelRoute route =
                platform.bean(Providers.class)
                        .route(Actors.user("acme", "u"), "fast")
                        .orElseThrow();
        TurnRequest request =
                new TurnRequest(
                        Past.ALONE,
                        "fast",
                        List.of(new ChatMessage("user", prompt)),
                        OptionalLong.empty(),
                        Task.chat(JsonValue.object().build()),
                        new Delivery(false, Optional.empty(), OnDisconnect.DRAIN, Optional.empty()),
                        Optional.empty());
        Caching caching = route.caching().orElseThrow();
        platform.bean(AnswerCache.class)
                .keep(
                        TurnCache.question(tenant, request, route, caching, hash, 512),
                        new Answer(List.of(new Part.Text("Well, " + phrase + "!")), "stop"),
                        60);

        HttpResponse<String> cut = chat(acme, "fast", prompt, false);
        assertThat(status(cut)).isEqualTo("soma; hit");
        assertThat(cut.body())
                .contains("content_filter")
                .contains("\"total_tokens\":0")
                .doesNotContain(phrase);
    }

    @Test
    void nobodyFindsWhatAnotherTenantAsked() throws Exception {
        String prompt = prompt();
        ok(chat(acme, "fast", prompt, false));
        assertThat(status(chat(globex, "fast", prompt, false))).isEqualTo("soma; fwd=miss");
    }

    @Test
    void aNewVersionOfTheProfileStartsEmpty() throws Exception {
        profile("acme", "versions", GOOD);
        String prompt = prompt();
        ok(chat(acme, "versions", prompt, false));
        assertThat(status(chat(acme, "versions", prompt, false))).isEqualTo("soma; hit");
        profile("acme", "versions", GOOD);
        assertThat(status(chat(acme, "versions", prompt, false))).isEqualTo("soma; fwd=miss");
    }

    @Test
    void theCallerDecidesWhetherToAskAnew() throws Exception {
        String prompt = prompt();
        long before = calls();
        assertThat(status(chat(acme, "fast", prompt, false, "Cache-Control", "no-store")))
                .isEqualTo("soma; fwd=request");
        assertThat(status(chat(acme, "fast", prompt, false))).isEqualTo("soma; fwd=miss");
        assertThat(status(chat(acme, "fast", prompt, false, "Cache-Control", "no-cache")))
                .isEqualTo("soma; fwd=request");
        assertThat(status(chat(acme, "fast", prompt, false, "Cache-Control", "max-age=600")))
                .isEqualTo("soma; hit");
        assertThat(status(chat(acme, "fast", prompt, false, "Cache-Control", "max-age=0")))
                .isEqualTo("soma; fwd=request");
        assertThat(calls() - before).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cut=3",
                "status=500",
                "finish=length",
                "error-frame=2",
                "finish=content_filter"
            })
    void onlyWholeAnswersAreKept(String fault) throws Exception {
        String name = "broken-" + Integer.toHexString(fault.hashCode());
        profile("acme", name, GOOD + "," + fault);
        String prompt = prompt();
        long before = calls();
        for (int i = 0; i < 2; i++) {
            platform.post(
                    "/v1/chat/stream",
                    acme,
                    "{\"model\":\"%s\",\"prompt\":\"%s\"}".formatted(name, prompt));
        }
        assertThat(calls() - before).isEqualTo(2);
    }

    @Test
    void callsOfToolsAndReasoningAreKeptWithTheAnswer() throws Exception {
        profile("acme", "tools", GOOD + ",tools=2,reasoning=4");
        String body =
                """
                {"model":"tools","prompt":"%s","tools":[{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}]}
                """
                        .formatted(prompt());
        List<String> asked = told(body);
        long before = calls();
        assertThat(told(body)).isEqualTo(asked);
        assertThat(calls()).isEqualTo(before);
    }

    /// What a client puts together of an answer, by channel.
    private static List<String> told(String body) throws Exception {
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        StringBuilder calls = new StringBuilder();
        for (var event : Sse.read(ok(platform.post("/v1/chat/stream", acme, body)).body())) {
            switch (event.name()) {
                case "delta" ->
                        (event.json().text("channel").orElseThrow().equals("text")
                                        ? text
                                        : reasoning)
                                .append(event.json().text("text").orElseThrow());
                case "tool.call" -> calls.append(event.data()).append('\n');
                default -> {}
            }
        }
        assertThat(calls).isNotEmpty();
        assertThat(reasoning).isNotEmpty();
        return List.of(text.toString(), reasoning.toString(), calls.toString());
    }

    @Test
    void withoutAProfileThatSaysSoNothingIsKept() throws Exception {
        String prompt = prompt();
        long before = calls();
        assertThat(status(chat(acme, GOOD, prompt, false))).isEmpty();
        assertThat(status(chat(acme, GOOD, prompt, false))).isEmpty();
        assertThat(calls() - before).isEqualTo(2);
    }
}
