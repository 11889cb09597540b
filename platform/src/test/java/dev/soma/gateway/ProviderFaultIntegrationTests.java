package dev.soma.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.RawHttp;
import dev.soma.harness.SharedPlatform;
import dev.soma.harness.Sse;
import dev.soma.harness.Sse.Event;
import dev.soma.harness.TestPlatform;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Whatever a provider does, the turn ends announced and nothing stays held.
@ExtendWith(SharedPlatform.class)
class ProviderFaultIntegrationTests {
    private static final String SLOW = "scripted:frames=200,pace=20ms";
    private static final String[] FAULTS = {
        "scripted:cut=2",
        "scripted:cut=0",
        "scripted:status=500",
        "scripted:status=429",
        "scripted:status=400",
        "scripted:status=302",
        "scripted:html",
        "scripted:silent",
        "scripted:stall=2",
        "scripted:malformed=2",
        "scripted:gzipbomb",
        "scripted:error-frame=2",
        "scripted:no-done",
        "scripted:json-for-sse",
        "scripted:finish=none",
        "scripted:usage=none",
        "scripted:usage=negative",
        "scripted:usage=huge",
        "scripted:usage=late",
        "scripted:usage=afterdone",
        "scripted:usage=wrongchoices",
        "scripted:split=bytes",
        "scripted:split=utf8",
        SLOW
    };
    private static TestPlatform platform;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = SharedPlatform.platform();
        platform.provider("faults", URI.create(SharedPlatform.provider().uri() + "/v1"), FAULTS);
        platform.provider("nowhere", URI.create("http://127.0.0.1:9/v1"), "gone");
        key = platform.tenant("faults");
    }

    private static String ask(String model, boolean stream) throws Exception {
        return platform.post(
                        "/v1/chat/completions",
                        key,
                        "{\"model\":\"%s\",\"max_tokens\":100,\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
                                .formatted(model, stream))
                .body();
    }

    private static long sum(String column) {
        return platform.bean(JdbcClient.class)
                .sql(
                        "SELECT coalesce(sum(%s), 0)::bigint FROM budget_account WHERE tenant = 'faults'"
                                .formatted(column))
                .query(Long.class)
                .single();
    }

    @AfterEach
    void nothingStaysHeldOrRunning() {
        await().atMost(Duration.ofSeconds(10)).until(() -> sum("held") == 0);
        assertThat(
                        platform.bean(JdbcClient.class)
                                .sql(
                                        "SELECT count(*) FROM turn WHERE tenant = 'faults' AND state = 'RUNNING'")
                                .query(Long.class)
                                .single())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cut=2",
                "cut=0",
                "status=500",
                "status=429",
                "status=400",
                "status=302",
                "html",
                "silent",
                "stall=2",
                "malformed=2",
                "gzipbomb",
                "error-frame=2",
                "no-done",
                "json-for-sse",
                "finish=none"
            })
    void aBrokenStreamEndsWithOneErrorAndWithoutDone(String fault) throws Exception {
        List<Event> events = Sse.read(ask("faults/scripted:" + fault, true));
        assertThat(events.stream().filter(event -> event.data().contains("\"error\""))).hasSize(1);
        assertThat(events.getLast().json().object("error")).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "cut=2, provider_failed",
        "status=500, provider_failed",
        "status=429, provider_failed",
        "status=400, provider_failed",
        "status=302, provider_failed",
        "html, provider_failed",
        "silent, deadline_exceeded",
        "malformed=2, provider_failed",
        "gzipbomb, provider_failed",
        "finish=none, provider_failed"
    })
    void aBrokenAnswerIsAnErrorWithItsReason(String fault, String code) throws Exception {
        assertThat(ask("faults/scripted:" + fault, false))
                .contains("\"code\":\"%s\"".formatted(code));
    }

    /// A provider of its own, since its one loop has no time for others meanwhile.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void headersWithoutEndAreCutOff(boolean stream) throws Exception {
        String model = "scripted:endless-header";
        try (ScriptedProvider endless = ScriptedProvider.start(0)) {
            platform.provider("endless", URI.create(endless.uri() + "/v1"), model);
            assertThat(ask("endless/" + model, stream)).contains("\"error\"");
        }
    }

    @Test
    void aProviderThatIsNotThereCostsNothing() throws Exception {
        long before = sum("settled");
        assertThat(ask("nowhere/gone", false)).contains("provider_failed");
        await().atMost(Duration.ofSeconds(10)).until(() -> sum("held") == 0);
        assertThat(sum("settled")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"status=500", "status=429", "status=302"})
    void aRefusalOfTheProviderCostsNothing(String fault) throws Exception {
        long before = sum("settled");
        ask("faults/scripted:" + fault, false);
        await().atMost(Duration.ofSeconds(10)).until(() -> sum("held") == 0);
        assertThat(sum("settled")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"usage=none", "usage=negative", "usage=huge"})
    void usageThatCannotBeTrueBooksTheWholeHold(String fault) throws Exception {
        long before = sum("settled");
        assertThat(ask("faults/scripted:" + fault, true)).contains("[DONE]");
        await().atMost(Duration.ofSeconds(10)).until(() -> sum("held") == 0);
        assertThat(sum("settled") - before).isEqualTo(64 + 16 + 5 + 100);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "usage=late",
                "usage=wrongchoices",
                "usage=afterdone",
                "split=bytes",
                "split=utf8"
            })
    void oddButTrueStreamsAreRead(String script) throws Exception {
        String model = "scripted:" + script;
        List<Event> events = Sse.read(ask("faults/" + model, true));
        assertThat(Sse.openAiText(events)).isEqualTo(ScriptedProvider.textOf(model));
        assertThat(events.getLast().data()).isEqualTo("[DONE]");
    }

    @Test
    void aClientWhoLeavesIsSettledAndTheProviderIsLetGo() throws Exception {
        try (RawHttp client = new RawHttp(platform.gateway())) {
            client.post(
                    "/v1/chat/stream",
                    key,
                    "{\"model\":\"faults/%s\",\"prompt\":\"hello\",\"on_disconnect\":\"drain\"}"
                            .formatted(SLOW));
            client.readUntil("delta");
        }
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                SharedPlatform.provider().requests().stream()
                                        .anyMatch(
                                                request ->
                                                        SLOW.equals(request.model())
                                                                && request.disconnectedAtFrame()
                                                                        != null));
    }
}
