package dev.soma.policy;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.RawHttp;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.replay.Outcome;
import dev.soma.replay.Replay;
import dev.soma.verifier.VerifierKey;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Receipts of turns: what a turn used and told, proved by the log, checked by who does not trust
/// the platform.
class TurnReceiptIntegrationTests {
    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static VerifierKey vkey;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        provider = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted*");
        key = platform.tenant("acme");
        vkey =
                VerifierKey.parse(
                        Files.readString(platform.folder().resolve("node/audit.vkey")).strip());
    }

    @AfterAll
    static void stop() throws Exception {
        provider.close();
        platform.close();
    }

    private static String body(String model, boolean stream) {
        return """
        {"model":"scripted/%s","stream":%s,"messages":[{"role":"user","content":"hello"}]}"""
                .formatted(model, stream);
    }

    private static HttpResponse<String> chat(String model, boolean stream) throws Exception {
        return platform.post("/v1/chat/completions", key, body(model, stream));
    }

    private static String decision(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Decision-Id").orElseThrow();
    }

    private static String receipt(String decision, String credential) throws Exception {
        String path = "/v1/decisions/%s/turn-receipt".formatted(decision);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> platform.get(path, credential).statusCode() == 200);
        return platform.get(path, credential).body();
    }

    private static JsonObject entry(String receipt) throws Exception {
        String encoded =
                StrictJson.parseObject(receipt.getBytes(StandardCharsets.UTF_8))
                        .text("entry")
                        .orElseThrow();
        return StrictJson.parseObject(Base64.getDecoder().decode(encoded));
    }

    private static byte[] stream(String session) throws Exception {
        return ok(platform.get("/v1/conversation/%s/stream".formatted(session), key))
                .body()
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Outcome check(String receipt, byte[] stream) {
        return Replay.check(receipt.getBytes(StandardCharsets.UTF_8), vkey, Optional.of(stream));
    }

    private static long number(JsonObject entry, String name) {
        return ((JsonInteger) entry.get(name).orElseThrow()).value().longValueExact();
    }

    @Test
    void aStepNamesTheReceiptThatProvesWhatItUsedAndTold() throws Exception {
        for (int turn = 0; turn < 2; turn++) {
            JsonObject step =
                    json(
                            ok(
                                    platform.post(
                                            "/v1/conversation/step",
                                            key,
                                            "{\"session_id\":\"s1\",\"model\":\"scripted/scripted:frames=5\",\"prompt\":\"hi\"}")));
            String decision =
                    step.object("decision").orElseThrow().text("decision_id").orElseThrow();
            assertThat(step.text("receipt"))
                    .contains("/v1/decisions/%s/turn-receipt".formatted(decision));
            String receipt = receipt(decision, key);
            JsonObject entry = entry(receipt);
            JsonObject usage = step.object("usage").orElseThrow();
            assertThat(entry.text("turn_id")).isEqualTo(step.text("turn_id"));
            assertThat(entry.text("state")).contains("completed");
            assertThat(entry.text("reason")).contains("stop");
            for (String count : new String[] {"input_tokens", "output_tokens"}) {
                assertThat(number(entry, count)).isEqualTo(number(usage, count)).isPositive();
            }
            assertThat(number(entry, "first_seq")).isEqualTo(number(step, "first_seq"));
            assertThat(number(entry, "last_seq")).isEqualTo(number(step, "last_seq"));
            assertThat(check(receipt, stream("s1")))
                    .isEqualTo(new Outcome.Ended("completed", decision, true));
        }
    }

    @Test
    void oneByteOfTheStreamOrOfTheReceiptIsEnoughToTellThem() throws Exception {
        HttpResponse<String> answer = ok(chat("scripted:frames=4", true));
        String decision = decision(answer);
        String receipt = receipt(decision, key);
        byte[] stream = stream(entry(receipt).text("turn_id").orElseThrow());
        assertThat(check(receipt, stream)).isInstanceOf(Outcome.Ended.class);

        for (int i = 0; i < stream.length; i++) {
            byte[] changed = stream.clone();
            changed[i] ^= 1;
            assertThat(check(receipt, changed))
                    .as("byte %d", i)
                    .isInstanceOfSatisfying(
                            Outcome.Invalid.class,
                            invalid -> assertThat(invalid.part()).isEqualTo(Outcome.Part.STREAM));
        }
        String other = receipt(decision(ok(chat("scripted:frames=4", false))), key);
        assertThat(check(other, stream)).isInstanceOf(Outcome.Invalid.class);
        byte[] entry = Base64.getDecoder().decode(encodedEntry(receipt));
        entry[entry.length / 2] ^= 1;
        String forged =
                receipt.replace(encodedEntry(receipt), Base64.getEncoder().encodeToString(entry));
        assertThat(check(forged, stream))
                .isInstanceOfSatisfying(
                        Outcome.Invalid.class,
                        invalid -> assertThat(invalid.part()).isEqualTo(Outcome.Part.PROOF));
    }

    @Test
    void everyWayToEndHasAReceipt() throws Exception {
        HttpResponse<String> failed = chat("scripted:frames=8,cut=3", true);
        JsonObject cut = entry(receipt(decision(failed), key));
        assertThat(cut.text("state")).contains("failed");
        assertThat(cut.text("reason")).contains("provider_cut");
        HttpResponse<String> broken = chat("scripted:status=500", false);
        assertThat(broken.statusCode()).isEqualTo(502);
        assertThat(entry(receipt(decision(broken), key)).text("state")).contains("failed");
        HttpResponse<String> whole = ok(chat("scripted:frames=2,finish=length", false));
        assertThat(entry(receipt(decision(whole), key)).text("reason")).contains("length");
    }

    @Test
    void receiptsAreOfTheirTenantAndOfWhoMayReadDecisions() throws Exception {
        String decision = decision(ok(chat("scripted:frames=2", false)));
        receipt(decision, key);
        String path = "/v1/decisions/%s/turn-receipt".formatted(decision);
        String stranger = platform.tenant("umbrella");
        assertThat(platform.get(path, stranger).statusCode()).isEqualTo(404);
        assertThat(platform.get(path + "?tenant=acme", platform.adminKey()).statusCode())
                .isEqualTo(200);
        for (String unknown : new String[] {"x", "00000000-0000-0000-0000-000000000000"}) {
            assertThat(
                            platform.get("/v1/decisions/%s/turn-receipt".formatted(unknown), key)
                                    .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void noReceiptSaysWhatWasAskedOrAnsweredNorWhyACallerStopped() throws Exception {
        RawHttp client = new RawHttp(platform.gateway());
        client.post(
                "/v1/conversation/stream",
                key,
                "{\"session_id\":\"s2\",\"model\":\"scripted/scripted:frames=200,pace=50ms\",\"prompt\":\"hello\"}");
        String head = client.readUntil("event: delta");
        ok(platform.post("/v1/sessions/s2/stop", key, "{\"reason\":\"bored\"}"));
        String decision = head.split("\"decision_id\":\"")[1].substring(0, 36);
        String receipt = receipt(decision, key);
        String log =
                new String(
                        Base64.getDecoder().decode(encodedEntry(receipt)), StandardCharsets.UTF_8);
        assertThat(log)
                .contains("\"state\":\"stopped\"")
                .doesNotContain("hello")
                .doesNotContain("bored")
                .doesNotContain("bravo");
        assertThat(check(receipt, stream("s2")))
                .isEqualTo(new Outcome.Ended("stopped", decision, true));
        client.close();
    }

    private static String encodedEntry(String receipt) throws Exception {
        return StrictJson.parseObject(receipt.getBytes(StandardCharsets.UTF_8))
                .text("entry")
                .orElseThrow();
    }
}
