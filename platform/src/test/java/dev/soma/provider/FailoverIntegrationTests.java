package dev.soma.provider;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.Sse;
import dev.soma.harness.Sse.Event;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// When a model fails another goes on, announced, decided and paid; or the failure is told.
class FailoverIntegrationTests {
    private static final String GOOD = "scripted:frames=20";
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static TestPlatform platform;
    private static ScriptedProvider first;
    private static ScriptedProvider second;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform =
                TestPlatform.governed(
                        Map.of(
                                "soma.provider.first-byte-timeout-millis", "1500",
                                "soma.provider.idle-timeout-millis", "1500"));
        first = ScriptedProvider.start(0);
        second = ScriptedProvider.start(0);
        provider("first", first.uri() + "/v1", false);
        provider("second", second.uri() + "/v1", true);
        provider("nowhere", "http://127.0.0.1:1/v1", true);
        key = platform.tenant("acme");
    }

    private static void provider(String id, String url, boolean continues) throws Exception {
        ok(
                platform.post(
                        "/v1/providers",
                        platform.adminKey(),
                        """
                        {"id":"%s","base_url":"%s","models":[{"id":"scripted*","context_tokens":8192,"continues":%s}]}
                        """
                                .formatted(id, url, continues)));
    }

    @AfterAll
    static void stop() throws Exception {
        first.close();
        second.close();
        platform.close();
    }

    /// A profile of its own for a test.
    private static String profile(String... targets) throws Exception {
        String name = "profile-" + NAMES.incrementAndGet();
        ok(
                platform.put(
                        "/v1/model-profiles",
                        platform.adminKey(),
                        "{\"tenant\":\"acme\",\"name\":\"%s\",\"targets\":[\"%s\"]}"
                                .formatted(name, String.join("\",\"", targets))));
        return name;
    }

    private static List<Event> ask(String model) throws Exception {
        HttpResponse<String> answer =
                platform.post(
                        "/v1/chat/stream",
                        key,
                        "{\"model\":\"%s\",\"prompt\":\"hello\"}".formatted(model));
        return Sse.read(ok(answer).body());
    }

    private static String text(List<Event> events) {
        StringBuilder text = new StringBuilder();
        for (Event event : events) {
            if (event.name().equals("delta")) {
                text.append(event.json().text("text").orElseThrow());
            }
        }
        return text.toString();
    }

    private static List<Event> named(List<Event> events, String name) {
        return events.stream().filter(event -> event.name().equals(name)).toList();
    }

    private static long number(JsonObject object, String name) {
        return ((JsonInteger) object.get(name).orElseThrow()).value().longValueExact();
    }

    @ParameterizedTest
    @CsvSource({
        "status=500, server_error",
        "status=429, rate_limited",
        "cut=0, cut",
        "silent, timeout",
        "malformed=1, malformed",
        "error-frame=1, server_error",
        "html, malformed"
    })
    void aModelThatFailsBeforeItSaysAnythingIsReplaced(String fault, String reason)
            throws Exception {
        String broken = "first/scripted:frames=20," + fault;
        List<Event> events = ask(profile(broken, "second/" + GOOD));

        assertThat(text(events)).isEqualTo(ScriptedProvider.textOf(GOOD));
        assertThat(events.getLast().name()).isEqualTo("turn.completed");
        JsonObject switched = named(events, "switch").getFirst().json();
        assertThat(switched.text("from")).contains(broken);
        assertThat(switched.text("to")).contains("second/" + GOOD);
        assertThat(switched.text("reason")).contains(reason);
        assertThat(number(switched, "attempt")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut=7", "stall=7", "malformed=8", "error-frame=8", "no-done"})
    void aModelThatFailsInTheMiddleIsContinuedWithoutASeam(String fault) throws Exception {
        List<Event> events = ask(profile("first/scripted:frames=20," + fault, "second/" + GOOD));

        assertThat(text(events)).isEqualTo(ScriptedProvider.textOf(GOOD));
        assertThat(named(events, "switch")).hasSize(1);
        assertThat(events.getLast().name()).isEqualTo("turn.completed");
    }

    @Test
    void everyFrameOfAStreamMayBeTheLastOne() throws Exception {
        for (int cut = 0; cut < 20; cut++) {
            List<Event> events =
                    ask(profile("first/scripted:frames=20,cut=" + cut, "second/" + GOOD));
            assertThat(text(events)).as("cut at %d", cut).isEqualTo(ScriptedProvider.textOf(GOOD));
            assertThat(named(events, "switch")).as("cut at %d", cut).hasSize(1);
        }
    }

    @Test
    void aModelThatCannotContinueIsNotAskedInTheMiddle() throws Exception {
        List<Event> events = ask(profile("second/scripted:frames=20,cut=7", "first/" + GOOD));

        assertThat(named(events, "switch")).isEmpty();
        assertThat(events.getLast().name()).isEqualTo("turn.failed");
        assertThat(events.getLast().data()).contains("provider_failed");
    }

    @Test
    void threeModelsAreAskedAtMostAndNoneTwice() throws Exception {
        List<Event> events =
                ask(
                        profile(
                                "nowhere/scripted-a",
                                "nowhere/scripted-b",
                                "nowhere/scripted-c",
                                "second/" + GOOD));
        Set<String> asked = new HashSet<>();
        List<Event> switches = named(events, "switch");
        switches.forEach(event -> asked.add(event.json().text("to").orElseThrow()));

        assertThat(asked).containsExactlyInAnyOrder("nowhere/scripted-b", "nowhere/scripted-c");
        assertThat(events.getLast().name()).isEqualTo("turn.failed");
    }

    @Test
    void whatTheRequestIsToBlameForIsNotTriedElsewhere() throws Exception {
        List<Event> events = ask(profile("first/scripted:status=400", "second/" + GOOD));
        assertThat(named(events, "switch")).isEmpty();
        assertThat(events.getLast().name()).isEqualTo("turn.failed");
    }

    @Test
    void everySwitchIsADecisionOfItsOwnAndIsPaid() throws Exception {
        long before = settled();
        List<Event> events = ask(profile("first/scripted:frames=20,cut=7", "second/" + GOOD));
        JsonObject usage = events.getLast().json().object("usage").orElseThrow();

        assertThat(settled() - before)
                .isEqualTo(number(usage, "input_tokens") + number(usage, "output_tokens"));
        var decisions =
                json(ok(platform.get("/v1/decisions?tenant=acme&limit=5", platform.adminKey())));
        assertThat(decisions.items("items").toString())
                .contains("model/first/scripted:frames=20,cut=7", "model/second/" + GOOD);
    }

    private static long settled() throws Exception {
        return platform.bean(org.springframework.jdbc.core.simple.JdbcClient.class)
                .sql("SELECT coalesce(sum(settled), 0) FROM budget_account WHERE unit = 'tokens'")
                .query(Long.class)
                .single();
    }

    @Test
    void aModelThatKeepsFailingIsLeftAlone() throws Exception {
        String broken = "first/scripted-tired:status=503";
        String name = profile(broken, "second/" + GOOD);
        List<String> reasons = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            reasons.add(named(ask(name), "switch").getFirst().json().text("reason").orElseThrow());
        }
        assertThat(reasons.subList(0, 5)).containsOnly("server_error");
        assertThat(reasons.subList(5, 7)).containsOnly("unavailable");
        assertThat(
                        first.requests().stream()
                                .filter(
                                        request ->
                                                "scripted-tired:status=503"
                                                        .equals(request.model())))
                .hasSize(5);
    }

    @Test
    void theOpenAiDialectGoesOnToo() throws Exception {
        String name = profile("first/scripted:frames=20,cut=7", "second/" + GOOD);
        HttpResponse<String> answer =
                platform.post(
                        "/v1/chat/completions",
                        key,
                        "{\"model\":\"%s\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                                .formatted(name));
        List<Event> events = Sse.read(ok(answer).body());

        assertThat(Sse.openAiText(events)).isEqualTo(ScriptedProvider.textOf(GOOD));
        assertThat(answer.body()).contains("\"soma_switch\"");
        assertThat(events.getLast().data()).isEqualTo("[DONE]");
    }

    private static HttpResponse<String> primary(String body) throws Exception {
        return platform.post(
                "/v1/providers/primary",
                platform.adminKey(),
                "{\"tenant\":\"acme\",\"profile\":\"primary\",%s}".formatted(body));
    }

    @Test
    void thePrimaryIsTriedThenSwitchedAndRolledBack() throws Exception {
        var prepared = primary("\"target\":\"first/%s\"".formatted(GOOD));
        assertThat(prepared.statusCode()).as(prepared.body()).isEqualTo(201);
        assertThat(json(prepared).text("state")).contains("prepared");
        assertThat(ask404("primary")).isEqualTo(404);
        ok(primary("\"activate\":1"));
        assertThat(named(ask("primary"), "turn.accepted").getFirst().json().text("model"))
                .contains("first/" + GOOD);

        var second = primary("\"target\":\"second/%s\"".formatted(GOOD));
        assertThat(json(second).object("change").orElseThrow().text("from"))
                .contains("first/" + GOOD);
        ok(primary("\"activate\":2"));
        assertThat(named(ask("primary"), "turn.accepted").getFirst().json().text("model"))
                .contains("second/" + GOOD);
        assertThat(json(ok(primary("\"rollback\":true"))).text("state")).contains("active");
        assertThat(named(ask("primary"), "turn.accepted").getFirst().json().text("model"))
                .contains("first/" + GOOD);

        var refused = primary("\"target\":\"nowhere/scripted\"");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("connect");
        assertThat(primary("\"activate\":99").statusCode()).isEqualTo(404);
        assertThat(named(ask("primary"), "turn.accepted").getFirst().json().text("model"))
                .contains("first/" + GOOD);
    }

    private static int ask404(String model) throws Exception {
        return platform.post(
                        "/v1/chat/stream",
                        key,
                        "{\"model\":\"%s\",\"prompt\":\"hello\"}".formatted(model))
                .statusCode();
    }

    @Test
    void aNameThatPointsToAForbiddenAddressIsNotRegistered() throws Exception {
        for (String url :
                List.of(
                        "https://169.254.169.254/v1",
                        "https://10.0.0.1/v1",
                        "https://[::ffff:10.0.0.1]/v1",
                        "http://192.0.2.1/v1",
                        "https://user:secret@192.0.2.1/v1")) {
            var answer =
                    platform.post(
                            "/v1/providers",
                            platform.adminKey(),
                            "{\"id\":\"bad\",\"base_url\":\"%s\",\"models\":[{\"id\":\"m\"}]}"
                                    .formatted(url));
            assertThat(answer.statusCode()).as(url).isEqualTo(400);
        }
    }

    @Test
    void aModelThatHasUsedUpItsBudgetIsAskedAfterTheOthers() throws Exception {
        String slow = "first/scripted:frames=3,delay=60";
        // Nobody else asks it, so too little is known of it to put it behind.
        String fresh = "scripted:frames=21";
        ok(
                platform.put(
                        "/v1/model-profiles",
                        platform.adminKey(),
                        """
                        {"tenant":"acme","name":"quick","targets":["%s","second/%s"],"latency_budget_ms":20,"error_budget":0.5}
                        """
                                .formatted(slow, fresh)));
        int asked = 0;
        while (text(ask("quick")).equals(ScriptedProvider.textOf("scripted:frames=3"))) {
            assertThat(++asked).isLessThanOrEqualTo(20);
        }
        assertThat(asked).isEqualTo(20);
        assertThat(text(ask("quick"))).isEqualTo(ScriptedProvider.textOf(fresh));
        String listed = ok(platform.get("/v1/providers", platform.adminKey())).body();
        assertThat(listed).contains("\"latency_p95_ms\"");
    }
}
