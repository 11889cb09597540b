package dev.soma.conversation;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.RawHttp;
import dev.soma.harness.Sse;
import dev.soma.harness.Sse.Event;
import dev.soma.harness.TestPlatform;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Sessions: their history, their journal, who waits and who stops.
class SessionIntegrationTests {
    private static final String QUICK = "scripted/scripted:frames=5";
    private static final String SLOW = "scripted/scripted:frames=200,pace=50ms";

    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static String key;
    private static String other;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        provider = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted*");
        key = platform.tenant("acme");
        other = platform.tenant("umbrella");
    }

    @AfterAll
    static void stop() throws Exception {
        provider.close();
        platform.close();
    }

    private static HttpResponse<String> step(String session, String more) throws Exception {
        return platform.post(
                "/v1/conversation/step",
                key,
                "{\"session_id\":\"%s\",\"model\":\"%s\"%s}".formatted(session, QUICK, more));
    }

    private static CompletableFuture<HttpResponse<String>> later(String session, String more) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return step(session, more);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    private static HttpResponse<String> resume(String session, String after) throws Exception {
        return platform.get(
                "/v1/conversation/%s/stream%s"
                        .formatted(session, after.isEmpty() ? "" : "?after=" + after),
                key);
    }

    /// Begins a turn that lasts, and leaves its caller connected.
    private static RawHttp slowTurn(String session) throws Exception {
        RawHttp client = new RawHttp(platform.gateway());
        client.post(
                "/v1/conversation/stream",
                key,
                "{\"session_id\":\"%s\",\"model\":\"%s\",\"prompt\":\"tell me much\"}"
                        .formatted(session, SLOW));
        client.readUntil("event: delta");
        return client;
    }

    private static String state(String session) throws Exception {
        return json(ok(platform.get("/v1/sessions/" + session, key))).text("state").orElseThrow();
    }

    private static void awaitIdle(String session) {
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                json(ok(platform.get("/v1/sessions/" + session, key)))
                                        .get("running_turn")
                                        .isEmpty());
    }

    @Test
    void aSessionIsJudgedAndComesWithATokenThatCanChatInIt() throws Exception {
        var started =
                ok(
                        platform.post(
                                "/v1/sessions/start",
                                key,
                                "{\"model\":\"%s\",\"system\":\"Be brief.\"}".formatted(QUICK)));
        String session = json(started).text("session_id").orElseThrow();
        String token = json(started).text("token").orElseThrow();

        assertThat(started.statusCode()).isEqualTo(201);
        assertThat(started.headers().firstValue("X-Policy-Decision")).contains("allow");
        var answer =
                ok(
                        platform.post(
                                "/v1/conversation/step",
                                token,
                                "{\"session_id\":\"%s\",\"prompt\":\"hello\"}".formatted(session)));
        assertThat(json(answer).text("model")).contains(QUICK);
        assertThat(platform.post("/v1/sessions/start", key, "{\"system\":\"write ransomware\"}"))
                .satisfies(
                        refused -> {
                            assertThat(refused.statusCode()).isEqualTo(403);
                            assertThat(refused.headers().firstValue("X-Policy-Decision"))
                                    .contains("deny");
                        });
    }

    /// The scripted provider counts the words of what it is sent.
    private static long inputTokens(HttpResponse<String> answer) throws Exception {
        return ((dev.soma.kernel.json.JsonValue.JsonInteger)
                        json(ok(answer)).object("usage").orElseThrow().get("input_tokens").get())
                .value()
                .longValueExact();
    }

    @Test
    void everyTurnHearsTheWholeHistory() throws Exception {
        ok(
                platform.post(
                        "/v1/sessions/start",
                        key,
                        "{\"session_id\":\"history\",\"system\":\"one two three\"}"));

        assertThat(inputTokens(step("history", ",\"prompt\":\"four five\""))).isEqualTo(5);
        // The answer to the first turn has five words.
        assertThat(inputTokens(step("history", ",\"prompt\":\"six\""))).isEqualTo(5 + 5 + 1);
    }

    @Test
    void aRefusedPromptOfTheHistoryIsJudgedAgain() throws Exception {
        step("judged", ",\"prompt\":\"hello\"");
        var refused = step("judged", ",\"prompt\":\"write ransomware\"");
        assertThat(refused.statusCode()).isEqualTo(403);
        // What was refused is not part of the history, so the session goes on.
        assertThat(step("judged", ",\"prompt\":\"and then?\"").statusCode()).isEqualTo(200);
    }

    @Test
    void framesAreNumberedThroughTheSessionAndReadAgainByteForByte() throws Exception {
        String body =
                "{\"session_id\":\"numbered\",\"model\":\"%s\",\"prompt\":\"hello\"}"
                        .formatted(QUICK);
        String first = ok(platform.post("/v1/conversation/stream", key, body)).body();
        String second = ok(platform.post("/v1/chat/stream", key, body)).body();
        step("numbered", ",\"prompt\":\"whole\"");

        List<Event> events = Sse.read(resume("numbered", "").body());
        assertThat(resume("numbered", "").body()).startsWith(first + second);
        assertThat(events.stream().map(Event::id).toList())
                .isEqualTo(
                        LongStream.rangeClosed(1, events.size()).mapToObj(Long::toString).toList());
        assertThat(events.stream().filter(event -> event.name().equals("turn.accepted")))
                .hasSize(3);
        for (int after = 0; after < events.size(); after++) {
            int cut = after;
            assertThat(Sse.read(resume("numbered", Integer.toString(after)).body()))
                    .as("after %d", after)
                    .isEqualTo(IntStream.range(cut, events.size()).mapToObj(events::get).toList());
        }
    }

    @Test
    void aWayBackThatCannotBeIsRefused() throws Exception {
        step("way", ",\"prompt\":\"hello\"");
        long last = Sse.read(resume("way", "").body()).size();

        assertThat(resume("way", Long.toString(last)).statusCode()).isEqualTo(204);
        assertThat(resume("way", Long.toString(last + 1)).statusCode()).isEqualTo(409);
        for (String wrong : List.of("-1", "%2B1", "01", "1.0", "x", "9007199254740992", "")) {
            var answer = platform.get("/v1/conversation/way/stream?after=" + wrong, key);
            assertThat(answer.statusCode()).as("after=%s", wrong).isEqualTo(400);
        }
        assertThat(platform.get("/v1/conversation/way/stream", other).statusCode()).isEqualTo(404);
        assertThat(resume("nobodys", "").statusCode()).isEqualTo(404);
    }

    @Test
    void aTurnThatStandsAloneCanBeReadAgainByItsId() throws Exception {
        String told =
                ok(platform.post(
                                "/v1/chat/stream",
                                key,
                                "{\"model\":\"%s\",\"prompt\":\"hello\"}".formatted(QUICK)))
                        .body();
        String turn = Sse.read(told).getFirst().json().text("turn_id").orElseThrow();

        assertThat(resume(turn, "").body()).isEqualTo(told);
        assertThat(platform.get("/v1/conversation/%s/stream".formatted(turn), other).statusCode())
                .isEqualTo(404);
    }

    @Test
    void aReaderFollowsATurnThatRuns() throws Exception {
        String body =
                "{\"session_id\":\"followed\",\"model\":\"scripted/scripted:frames=20,pace=30ms\",\"prompt\":\"hello\"}";
        String head;
        try (RawHttp client = new RawHttp(platform.gateway())) {
            client.post("/v1/conversation/stream", key, body);
            head = client.readUntil("event: delta");
        }
        assertThat(head).contains("id: 1\n");
        List<Event> events = Sse.read(resume("followed", "").body());

        assertThat(events.getLast().name()).isEqualTo("turn.completed");
        assertThat(events.stream().filter(event -> event.name().equals("delta"))).hasSize(20);
    }

    @Test
    void stoppingATurnIsNotLeavingIt() throws Exception {
        try (RawHttp client = slowTurn("stopped")) {
            var session = json(ok(platform.get("/v1/sessions/stopped", key)));
            String turn = session.text("running_turn").orElseThrow();
            String ask = "{\"turn_id\":\"%s\",\"reason\":\"enough\"}".formatted(turn);
            ok(platform.post("/v1/sessions/stopped/stop", key, ask));
            assertThat(client.readUntil("turn.stopped")).doesNotContain("turn.failed");
            awaitIdle("stopped");
            assertThat(
                            json(ok(platform.post("/v1/sessions/stopped/stop", key, ask)))
                                    .text("turn_state"))
                    .contains("stopped");
        }
        Event end = Sse.read(resume("stopped", "").body()).getLast();
        assertThat(end.json().text("reason")).contains("enough");
        assertThat(state("stopped")).isEqualTo("open");
        assertThat(step("stopped", ",\"prompt\":\"go on\"").statusCode()).isEqualTo(200);
    }

    @Test
    void aSessionThatIsStoppedTakesNoTurnAnyMore() throws Exception {
        try (RawHttp client = slowTurn("over")) {
            ok(platform.post("/v1/sessions/over/stop", key, "{}"));
            client.readUntil("turn.stopped");
        }
        awaitIdle("over");

        assertThat(state("over")).isEqualTo("ended");
        assertThat(step("over", ",\"prompt\":\"hello\"").statusCode()).isEqualTo(409);
        assertThat(platform.post("/v1/sessions/over/stop", other, "{}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void aSecondTurnIsRefusedUnlessItSaysOtherwise() throws Exception {
        try (RawHttp client = slowTurn("busy")) {
            var busy = step("busy", ",\"prompt\":\"me too\"");
            assertThat(busy.statusCode()).isEqualTo(409);
            assertThat(busy.body()).contains("session_busy");
            ok(platform.post("/v1/sessions/busy/stop", key, "{}"));
            client.readUntil("turn.stopped");
        }
    }

    @Test
    void anInterruptKeepsWhatWasSaidAndARollbackForgetsIt() throws Exception {
        for (String how : List.of("interrupt", "rollback")) {
            long tokens;
            try (RawHttp client = slowTurn(how)) {
                tokens =
                        inputTokens(
                                step(
                                        how,
                                        ",\"prompt\":\"stop\",\"on_busy\":\"%s\"".formatted(how)));
                assertThat(client.readUntil("turn.stopped")).contains("replaced");
            }
            if (how.equals("interrupt")) {
                assertThat(tokens).as("tell me much, some words, stop").isGreaterThan(4);
            } else {
                assertThat(tokens).isEqualTo(1);
            }
            assertThat(Sse.read(resume(how, "").body()).stream().map(Event::name))
                    .contains("turn.stopped")
                    .endsWith("usage", "turn.completed");
        }
    }

    /// One waits for the turn that runs, four behind it; of seven two are too many.
    @Test
    void turnsThatQueueRunOneAfterAnotherAndTooManyAreRefused() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> queued;
        try (RawHttp client = slowTurn("queue")) {
            queued =
                    IntStream.range(0, 7)
                            .mapToObj(
                                    i ->
                                            later(
                                                    "queue",
                                                    ",\"prompt\":\"%d\",\"on_busy\":\"enqueue\""
                                                            .formatted(i)))
                            .toList();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> queued.stream().filter(CompletableFuture::isDone).count() == 2);
            String turn =
                    json(ok(platform.get("/v1/sessions/queue", key)))
                            .text("running_turn")
                            .orElseThrow();
            ok(
                    platform.post(
                            "/v1/sessions/queue/stop",
                            key,
                            "{\"turn_id\":\"%s\"}".formatted(turn)));
            client.readUntil("turn.stopped");
        }
        long refused = 0;
        for (CompletableFuture<HttpResponse<String>> one : queued) {
            refused += one.join().statusCode() == 409 ? 1 : 0;
        }
        assertThat(refused).isEqualTo(2);
        List<Event> events = Sse.read(resume("queue", "").body());
        assertThat(events.stream().filter(event -> event.name().equals("turn.completed")))
                .hasSize(5);
        assertThat(events.getLast().id()).isEqualTo(Integer.toString(events.size()));
    }

    @Test
    void sessionsAreListedByPagesTheNewestFirst() throws Exception {
        for (int i = 0; i < 3; i++) {
            ok(
                    platform.post(
                            "/v1/sessions/start",
                            other,
                            "{\"session_id\":\"page-%d\"}".formatted(i)));
        }
        var page = json(ok(platform.get("/v1/sessions?limit=2", other)));
        String cursor = page.text("next_cursor").orElseThrow();
        var rest = json(ok(platform.get("/v1/sessions?limit=2&cursor=" + cursor, other)));

        assertThat(page.items("items").toString())
                .contains("page-2", "page-1")
                .doesNotContain("page-0");
        assertThat(rest.items("items").toString()).contains("page-0").doesNotContain("page-1");
        assertThat(rest.text("next_cursor")).isEmpty();
    }

    @Test
    void whatAnErasedUserWasToldIsGone() throws Exception {
        String tenant = "forgetful";
        String theirs = platform.tenant(tenant);
        String body =
                "{\"session_id\":\"mine\",\"model\":\"%s\",\"prompt\":\"hello\"}".formatted(QUICK);
        ok(platform.post("/v1/conversation/step", theirs, body));
        ok(
                platform.post(
                        "/v1/audit/erasures?tenant=" + tenant,
                        platform.adminKey(),
                        "{\"user\":\"alice\"}"));

        var answer = platform.get("/v1/conversation/mine/stream?after=0", theirs);
        assertThat(answer.statusCode()).isEqualTo(410);
        assertThat(answer.body()).contains("Frames before");
    }

    private static HttpResponse<String> once(String key, String route, String script)
            throws Exception {
        return platform.post(
                route,
                SessionIntegrationTests.key,
                "{\"model\":\"scripted/scripted-once:%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true}"
                        .formatted(script),
                "Idempotency-Key",
                key);
    }

    @Test
    void aRequestThatIsToBeDoneOnceIsDoneOnce() throws Exception {
        String route = "/v1/chat/completions";
        var first = ok(once("k-1", route, "frames=4"));
        var again = ok(once("k-1", route, "frames=4"));

        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("X-Decision-Id"))
                .isEqualTo(first.headers().firstValue("X-Decision-Id"));
        assertThat(once("k-1", route, "frames=5").statusCode()).as("something else").isEqualTo(422);
        assertThat(
                        provider.requests().stream()
                                .filter(
                                        request ->
                                                "scripted-once:frames=4".equals(request.model())))
                .hasSize(1);
        assertThat(once("k 2", route, "frames=4").statusCode()).isEqualTo(400);
    }

    @Test
    void ofManyAtOnceWithTheSameKeyOneIsDone() throws Exception {
        List<CompletableFuture<Integer>> asked =
                IntStream.range(0, 8)
                        .mapToObj(
                                i ->
                                        CompletableFuture.supplyAsync(
                                                () -> {
                                                    try {
                                                        return once(
                                                                        "k-many",
                                                                        "/v1/chat/completions",
                                                                        "frames=6,pace=30ms")
                                                                .statusCode();
                                                    } catch (Exception e) {
                                                        throw new IllegalStateException(e);
                                                    }
                                                }))
                        .toList();
        for (CompletableFuture<Integer> one : asked) {
            assertThat(one.join()).isIn(200, 409);
        }
        assertThat(
                        provider.requests().stream()
                                .filter(
                                        request ->
                                                "scripted-once:frames=6,pace=30ms"
                                                        .equals(request.model())))
                .hasSize(1);
    }
}
