package dev.soma.provider;

import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.RecordedRequest;
import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.RawHttp;
import dev.soma.harness.Sse;
import dev.soma.harness.Sse.Event;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A provider that serves only so many calls at once is shared fairly, and who waits sees where.
class ProviderQueueIntegrationTests {
    private static final String SHORT = "scripted:frames=4,delay=150";
    private static final String LONG = "scripted:frames=200,pace=50";

    private static TestPlatform platform;
    private static ScriptedProvider server;
    private static String acme;
    private static String globex;
    private static ExecutorService threads;

    @BeforeAll
    static void start() throws Exception {
        platform =
                TestPlatform.governed(
                        Map.of(
                                "soma.provider.queue-per-tenant", "8",
                                "soma.provider.queue-total", "12",
                                "soma.provider.queue-wait-millis", "4000"));
        server = ScriptedProvider.start(0);
        provider("one", 1);
        provider("two", 2);
        ok(
                platform.post(
                        "/v1/providers",
                        platform.adminKey(),
                        """
                        {"id":"free","base_url":"%s/v1","models":[{"id":"scripted*"}]}
                        """
                                .formatted(server.uri())));
        acme = platform.tenant("acme");
        globex = platform.tenant("globex");
        threads = Executors.newVirtualThreadPerTaskExecutor();
    }

    private static void provider(String id, int limit) throws Exception {
        ok(
                platform.post(
                        "/v1/providers",
                        platform.adminKey(),
                        """
                        {"id":"%s","base_url":"%s/v1","max_concurrent":%d,"models":[{"id":"scripted*"}]}
                        """
                                .formatted(id, server.uri(), limit)));
    }

    @AfterEach
    void quiet() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> waiting() == 0 && server.counters().open() == 0);
    }

    @AfterAll
    static void stop() throws Exception {
        threads.close();
        platform.close();
        server.close();
    }

    private static CompletableFuture<HttpResponse<String>> ask(String key, String model) {
        return later(
                () ->
                        platform.post(
                                "/v1/chat/stream",
                                key,
                                "{\"model\":\"%s\",\"prompt\":\"hello\",\"max_tokens\":256}"
                                        .formatted(model)));
    }

    private static <T> CompletableFuture<T> later(Callable<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        var _ =
                threads.submit(
                        () -> {
                            try {
                                done.complete(work.call());
                            } catch (Exception e) {
                                done.completeExceptionally(e);
                            }
                        });
        return done;
    }

    private static long number(JsonObject object, String name) {
        return ((JsonInteger) object.get(name).orElseThrow()).value().longValueExact();
    }

    /// Calls that wait for any of the providers.
    private static long waiting() throws Exception {
        var items =
                TestPlatform.json(ok(platform.get("/v1/providers", platform.adminKey())))
                        .items("items");
        return items.stream().mapToLong(item -> number((JsonObject) item, "waiting")).sum();
    }

    private static void awaitWaiting(long calls) {
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> waiting() == calls);
    }

    private static RawHttp longTurn(String key, String session) throws Exception {
        RawHttp client = new RawHttp(platform.gateway());
        client.post(
                "/v1/chat/stream",
                key,
                "{\"model\":\"one/%s\",\"prompt\":\"hello\",\"session_id\":\"%s\",\"on_disconnect\":\"cancel\"}"
                        .formatted(LONG, session));
        client.readUntil("event: delta");
        return client;
    }

    private static List<Event> named(HttpResponse<String> answer, String name) {
        return Sse.read(ok(answer).body()).stream()
                .filter(event -> event.name().equals(name))
                .toList();
    }

    @Test
    void noMoreCallsRunThanTheProviderServes() {
        List<CompletableFuture<HttpResponse<String>>> turns = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            turns.add(ask(acme, "two/" + SHORT));
            turns.add(ask(globex, "two/" + SHORT));
        }
        AtomicLong most = new AtomicLong();
        CompletableFuture<Void> all =
                CompletableFuture.allOf(turns.toArray(CompletableFuture[]::new));
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            most.accumulateAndGet(server.counters().open(), Math::max);
                            return all.isDone();
                        });
        assertThat(most.get()).isEqualTo(2);
        turns.forEach(turn -> assertThat(named(turn.join(), "turn.completed")).hasSize(1));
    }

    @Test
    void aTenantThatFloodsDelaysAnotherByNoMoreThanATurn() throws Exception {
        try (RawHttp running = longTurn(acme, "flood")) {
            long before = lastSequence();
            List<CompletableFuture<HttpResponse<String>>> turns = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                turns.add(ask(acme, "one/" + SHORT));
            }
            awaitWaiting(7);
            var quiet = ask(globex, "one/" + SHORT);
            awaitWaiting(8);
            ok(platform.post("/v1/sessions/flood/stop", acme, "{}"));
            turns.forEach(CompletableFuture::join);

            Event place = named(quiet.get(), "turn.queued").getFirst();
            assertThat(number(place.json(), "position")).isLessThanOrEqualTo(3);
            List<String> keys =
                    server.requestsSince(before).stream()
                            .map(request -> request.headers().get("x-soma-fair-key"))
                            .toList();
            assertThat(keys).hasSize(8);
            String other =
                    keys.stream()
                            .filter(key -> !key.equals(keys.getLast()))
                            .findFirst()
                            .orElseThrow();
            assertThat(keys.indexOf(other)).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void whoWaitsSeesItsPlaceInEveryDialect() throws Exception {
        ask(acme, "one/" + SHORT).join();
        try (RawHttp running = longTurn(acme, "before-all")) {
            var nativeTurn = ask(globex, "one/" + SHORT);
            awaitWaiting(1);
            var chat =
                    dialect(
                            "/v1/chat/completions",
                            "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]");
            awaitWaiting(2);
            var responses = dialect("/v1/responses", "\"input\":\"hi\"");
            awaitWaiting(3);
            var messages =
                    dialect(
                            "/v1/messages",
                            "\"max_tokens\":16,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]");
            awaitWaiting(4);
            ok(platform.post("/v1/sessions/before-all/stop", acme, "{}"));

            JsonObject first = named(nativeTurn.join(), "turn.queued").getFirst().json();
            assertThat(number(first, "position")).isEqualTo(1);
            assertThat(number(first, "estimated_wait_ms")).isNotNegative();
            assertThat(chat.join().body()).contains("\"soma_queue\":{\"estimated_wait_ms\":");
            assertThat(chat.join().body()).endsWith("data: [DONE]\n\n");
            assertThat(responses.join().body())
                    .contains("event: response.queued")
                    .contains("\"status\":\"queued\"")
                    .contains("response.completed");
            assertThat(messages.join().body()).contains("soma_queue").contains("message_stop");
        }
    }

    private static CompletableFuture<HttpResponse<String>> dialect(String path, String rest) {
        return later(
                () ->
                        platform.post(
                                path,
                                globex,
                                "{\"model\":\"one/%s\",\"stream\":true,%s}"
                                        .formatted(SHORT, rest)));
    }

    @Test
    void aPlaceIsReadAgainAsItWasTold() throws Exception {
        try (RawHttp running = longTurn(acme, "in-front")) {
            var turn =
                    later(
                            () ->
                                    platform.post(
                                            "/v1/chat/stream",
                                            acme,
                                            "{\"model\":\"one/%s\",\"prompt\":\"hello\",\"session_id\":\"behind\"}"
                                                    .formatted(SHORT)));
            awaitWaiting(1);
            ok(platform.post("/v1/sessions/in-front/stop", acme, "{}"));
            String told = turn.join().body();
            assertThat(told).contains("event: turn.queued");
            assertThat(ok(platform.get("/v1/conversation/behind/stream?after=0", acme)).body())
                    .isEqualTo(told);
        }
    }

    @Test
    void moreThanMayWaitAreToldWhenToComeBackOrAnotherModelStandsIn() throws Exception {
        try (RawHttp running = longTurn(acme, "full")) {
            List<CompletableFuture<HttpResponse<String>>> turns = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                turns.add(ask(acme, "one/" + SHORT));
            }
            awaitWaiting(8);
            HttpResponse<String> refused =
                    platform.post(
                            "/v1/chat/completions",
                            acme,
                            "{\"model\":\"one/%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                                    .formatted(SHORT));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("overloaded");
            assertThat(Long.parseLong(refused.headers().firstValue("retry-after").orElseThrow()))
                    .isPositive();

            ok(
                    platform.put(
                            "/v1/model-profiles",
                            platform.adminKey(),
                            "{\"tenant\":\"acme\",\"name\":\"roomy\",\"targets\":[\"one/%s\",\"free/%s\"]}"
                                    .formatted(SHORT, SHORT)));
            Event switched = named(ask(acme, "roomy").get(), "switch").getFirst();
            assertThat(switched.json().text("reason")).contains("busy");

            ok(platform.post("/v1/sessions/full/stop", acme, "{}"));
            turns.forEach(turn -> assertThat(named(turn.join(), "turn.completed")).hasSize(1));
        }
    }

    @Test
    void patienceEnds() throws Exception {
        try (RawHttp running = longTurn(acme, "patience")) {
            HttpResponse<String> late = ask(acme, "one/" + SHORT).get();
            assertThat(named(late, "turn.failed").getFirst().data()).contains("overloaded");
            ok(platform.post("/v1/sessions/patience/stop", acme, "{}"));
        }
    }

    @Test
    void whoLeavesOrIsStoppedWhileWaitingIsNeverCalled() throws Exception {
        try (RawHttp running = longTurn(acme, "held")) {
            long before = lastSequence();
            try (RawHttp leaves = new RawHttp(platform.gateway())) {
                leaves.post(
                        "/v1/chat/stream",
                        acme,
                        "{\"model\":\"one/%s\",\"prompt\":\"hi\",\"on_disconnect\":\"cancel\"}"
                                .formatted(SHORT));
                leaves.readUntil("turn.queued");
            }
            awaitWaiting(0);
            var stopped =
                    later(
                            () ->
                                    platform.post(
                                            "/v1/chat/stream",
                                            acme,
                                            "{\"model\":\"one/%s\",\"prompt\":\"hi\",\"session_id\":\"stopped\"}"
                                                    .formatted(SHORT)));
            awaitWaiting(1);
            ok(platform.post("/v1/sessions/stopped/stop", acme, "{}"));
            assertThat(named(stopped.get(), "turn.stopped")).hasSize(1);
            awaitWaiting(0);
            ok(platform.post("/v1/sessions/held/stop", acme, "{}"));
            ok(ask(acme, "one/" + SHORT).get());
            assertThat(server.requestsSince(before)).hasSize(1);
        }
    }

    private static long lastSequence() {
        return server.requests().stream().mapToLong(RecordedRequest::sequence).max().orElse(0);
    }
}
