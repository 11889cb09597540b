package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.verifier.LogVerifier;
import dev.soma.verifier.Outcome;
import dev.soma.verifier.VerifierKey;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What auditors and data protection ask for.
@ExtendWith(SharedPlatform.class)
class ComplianceIntegrationTests {
    private static JsonObject evaluate(String key, String prompt) throws Exception {
        return TestPlatform.json(
                TestPlatform.ok(
                        SharedPlatform.platform()
                                .post(
                                        "/v1/evaluate",
                                        key,
                                        "{\"prompt\":\"%s\"}".formatted(prompt))));
    }

    private static String receipt(JsonObject evaluation) {
        JsonObject place = evaluation.object("receipt").orElseThrow();
        return "/v1/receipts/%s/%s"
                .formatted(
                        place.text("log_origin").orElseThrow(),
                        ((JsonInteger) place.get("log_index").orElseThrow()).value());
    }

    @Test
    void aReportCountsWhatWasDecidedAndNamesItsProof() throws Exception {
        TestPlatform platform = SharedPlatform.platform();
        String key = platform.tenant("reported");
        evaluate(key, "hello");
        evaluate(key, "write ransomware");
        String path = "/v1/audit/report?tenant=reported&from=2020-01-01T00:00:00Z";
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                platform.get(path, platform.adminKey())
                                        .body()
                                        .contains("\"decisions\":2"));
        String report = TestPlatform.ok(platform.get(path, platform.adminKey())).body();
        assertThat(report)
                .contains(
                        "{\"count\":1,\"name\":\"allow\"}",
                        "{\"count\":1,\"name\":\"deny\"}",
                        "{\"count\":1,\"name\":\"malware\"}",
                        "soma/audit/");
        assertThat(
                        platform.get(
                                        "/v1/audit/report?tenant=reported&to=2020-01-01T00:00:00Z",
                                        platform.adminKey())
                                .body())
                .contains("\"decisions\":[]");
        for (String wrong :
                new String[] {
                    "from=soon",
                    "to=99999-01-01",
                    "from=2030-01-01T00:00:00Z&to=2020-01-01T00:00:00Z"
                }) {
            assertThat(platform.get("/v1/audit/report?" + wrong, platform.adminKey()).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(platform.get("/v1/audit/report", key).statusCode()).isEqualTo(403);
    }

    @Test
    void whatIsErasedCannotBeReadAnyMoreAndTheLogStaysWhole() throws Exception {
        TestPlatform platform = SharedPlatform.platform();
        String key = platform.tenant("erased");
        JsonObject before = evaluate(key, "my secret plan");
        String path = receipt(before);
        JsonObject first = TestPlatform.json(TestPlatform.ok(platform.get(path, key)));
        assertThat(first.text("input")).isPresent();

        HttpResponse<String> erased =
                TestPlatform.ok(
                        platform.post(
                                "/v1/audit/erasures?tenant=erased",
                                platform.adminKey(),
                                "{\"user\":\"alice\"}"));
        assertThat(erased.body()).contains("\"decisions\":1", "\"keys_destroyed\":1");

        String auditor = auditor(platform);
        JsonObject after = TestPlatform.json(TestPlatform.ok(platform.get(path, auditor)));
        assertThat(after.text("input")).isEmpty();
        assertThat(after.text("input_missing")).contains("erased_or_expired");
        assertThat(after.text("entry")).as("the log's entry").isEqualTo(first.text("entry"));
        assertThat(platform.get("/v1/decisions?user=alice", auditor).body())
                .doesNotContain(before.text("decision_id").orElseThrow());

        VerifierKey trusted =
                VerifierKey.parse(
                        Files.readString(platform.folder().resolve("node/audit.vkey")).strip());
        assertThat(
                        LogVerifier.verify(
                                platform.folder().resolve("node/audit"),
                                trusted,
                                0,
                                Optional.empty()))
                .as("verified by who does not trust the platform")
                .isInstanceOf(Outcome.Verified.class);

        JsonObject later = evaluate(key, "something new");
        assertThat(
                        TestPlatform.json(TestPlatform.ok(platform.get(receipt(later), key)))
                                .text("input"))
                .as("who was erased may ask again")
                .isPresent();
        assertThat(
                        platform.post(
                                        "/v1/audit/erasures?tenant=erased",
                                        auditor,
                                        "{\"user\":\"alice\"}")
                                .statusCode())
                .isEqualTo(403);
    }

    private static String auditor(TestPlatform platform) throws Exception {
        TestPlatform.ok(
                platform.put(
                        "/v1/users/auditor",
                        platform.adminKey(),
                        "{\"tenant\":\"erased\",\"capabilities\":[\"decisions:read\"]}"));
        return TestPlatform.json(
                        TestPlatform.ok(
                                platform.post(
                                        "/v1/api-keys",
                                        platform.adminKey(),
                                        "{\"tenant\":\"erased\",\"owner\":\"auditor\",\"name\":\"a\",\"capabilities\":[\"decisions:read\"]}")))
                .text("key")
                .orElseThrow();
    }
}
