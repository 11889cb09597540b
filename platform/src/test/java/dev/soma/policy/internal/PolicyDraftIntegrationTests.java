package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A pack on its way into force: simulated on real decisions, watched on real traffic, activated
/// with signatures where it loosens, and taken back.
@ExtendWith(SharedPlatform.class)
class PolicyDraftIntegrationTests {
    private static final String CHAT =
            "\"permits\":[{\"action\":\"chat\",\"capability\":\"chat\"}]";
    private static final String STRICT =
            "{%s,\"rules\":[{\"name\":\"no-acme\",\"pattern\":\"acme\"}]}".formatted(CHAT);
    private static final String OPEN = "{%s,\"rules\":[]}".formatted(CHAT);
    private static TestPlatform platform;

    @BeforeAll
    static void find() {
        platform = SharedPlatform.platform();
    }

    private static String evaluate(String key, String prompt) throws Exception {
        return TestPlatform.json(
                        TestPlatform.ok(
                                platform.post(
                                        "/v1/evaluate",
                                        key,
                                        "{\"prompt\":\"%s\"}".formatted(prompt))))
                .text("decision")
                .orElseThrow();
    }

    private static HttpResponse<String> send(String tenant, String path, String body)
            throws Exception {
        return platform.post(
                "/v1/policies/%s/%s".formatted(tenant, path), platform.adminKey(), body);
    }

    private static JsonObject draft(String tenant, String pack) throws Exception {
        return TestPlatform.json(
                TestPlatform.ok(send(tenant, "drafts", "{\"pack\":%s}".formatted(pack))));
    }

    private static String id(JsonObject draft) {
        return draft.text("draft_id").orElseThrow();
    }

    @Test
    void aSimulationSaysWhichDecisionsWouldChange() throws Exception {
        String key = platform.tenant("simulated");
        evaluate(key, "hello");
        evaluate(key, "about acme");
        String asked = platform.get("/v1/decisions?tenant=simulated", platform.adminKey()).body();
        assertThat(asked).contains("\"decision\":\"allow\"");

        JsonObject result =
                TestPlatform.json(
                        TestPlatform.ok(
                                send("simulated", "simulate", "{\"pack\":%s}".formatted(STRICT))));
        assertThat(result.items("changes")).hasSize(1);
        assertThat(result.toString()).contains("no-acme", "value=deny");
        assertThat(evaluate(key, "about acme")).as("nothing is in force by it").isEqualTo("allow");
    }

    @Test
    void whatBecomesPossibleIsListedOverTheFinitePicture() throws Exception {
        platform.tenant("pictured");
        String wide =
                "{\"permits\":[{\"action\":\"chat\",\"capability\":\"chat\"},{\"action\":\"fly\",\"capability\":\"pilot\"},"
                        + "{\"action\":\"project\",\"capability\":\"projects:write\"},{\"action\":\"task\",\"capability\":\"projects:write\"},"
                        + "{\"action\":\"tool\",\"capability\":\"tools:call\"}],\"rules\":[]}";
        JsonObject result =
                TestPlatform.json(
                        TestPlatform.ok(
                                send("pictured", "simulate", "{\"pack\":%s}".formatted(wide))));
        assertThat(result.items("newly_allowed").toString()).contains("fly", "pilot");
        assertThat(result.items("newly_denied")).isEmpty();
        JsonObject narrow =
                TestPlatform.json(
                        TestPlatform.ok(
                                send(
                                        "pictured",
                                        "simulate",
                                        "{\"pack\":{\"permits\":[],\"rules\":[]},\"last\":0}")));
        assertThat(narrow.items("newly_denied").toString()).contains("chat");
    }

    @Test
    void aWatchedDraftCountsWhatItWouldChangeByRule() throws Exception {
        String key = platform.tenant("watched");
        JsonObject draft = draft("watched", STRICT);
        TestPlatform.ok(send("watched", "drafts/" + id(draft) + "/shadow", ""));
        for (int i = 0; i < 5; i++) {
            assertThat(evaluate(key, "acme " + i)).isEqualTo("allow");
            evaluate(key, "other " + i);
        }
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                platform.get(
                                                "/v1/policies/watched/drafts/" + id(draft),
                                                platform.adminKey())
                                        .body()
                                        .contains("\"decisions\":5"));
        assertThat(
                        platform.get(
                                        "/v1/policies/watched/drafts/" + id(draft),
                                        platform.adminKey())
                                .body())
                .contains("\"state\":\"SHADOW\"", "\"rule\":\"no-acme\"", "\"to\":\"deny\"");
    }

    @Test
    void whatTightensIsActivatedAtOnceAndWhatLoosensNeedsTheSigners() throws Exception {
        String key = platform.tenant("activated");
        JsonObject strict = draft("activated", STRICT);
        assertThat(strict.items("loosens")).isEmpty();
        TestPlatform.ok(send("activated", "drafts/" + id(strict) + "/activate", "{}"));
        assertThat(evaluate(key, "acme")).isEqualTo("deny");

        JsonObject open = draft("activated", OPEN);
        String digest = open.text("digest").orElseThrow();
        String path = "drafts/" + id(open) + "/activate";
        assertThat(open.items("loosens")).hasSize(1);
        String late = "2099-01-01T00:00:00Z";
        List<String> refused =
                List.of(
                        "{}",
                        approval("activated", digest, late, "founder"),
                        approval("other", digest, late, "founder", "auditor"),
                        approval(
                                "activated",
                                "00" + digest.substring(2),
                                late,
                                "founder",
                                "auditor"),
                        approval("activated", digest, "2020-01-01T00:00:00Z", "founder", "auditor"),
                        approval("activated", digest, "soon", "founder", "auditor"),
                        "{\"approval\":{}}",
                        approval("activated", digest, late, "founder", "auditor")
                                .replaceFirst("\"signature\":\"..", "\"signature\":\"00"));
        for (String body : refused) {
            assertThat(send("activated", path, body).statusCode()).as(body).isEqualTo(403);
            assertThat(evaluate(key, "acme")).isEqualTo("deny");
        }
        TestPlatform.ok(
                send("activated", path, approval("activated", digest, late, "founder", "auditor")));
        assertThat(evaluate(key, "acme")).isEqualTo("allow");
    }

    private static String approval(String tenant, String digest, String notAfter, String... signers)
            throws Exception {
        return "{\"approval\":%s}".formatted(platform.approval(tenant, digest, notAfter, signers));
    }

    @Test
    void oneStepGoesBackAndKeepsEveryVersion() throws Exception {
        String key = platform.tenant("rolled");
        assertThat(send("rolled", "rollback", "{}").statusCode()).isEqualTo(409);
        String first =
                TestPlatform.json(platform.get("/v1/policies/rolled", platform.adminKey()))
                        .text("digest")
                        .orElseThrow();
        TestPlatform.ok(platform.put("/v1/policies/rolled", platform.adminKey(), STRICT));
        assertThat(evaluate(key, "acme")).isEqualTo("deny");
        assertThat(send("rolled", "rollback", "{}").statusCode()).as("loosens").isEqualTo(403);
        var back =
                TestPlatform.ok(
                        send(
                                "rolled",
                                "rollback",
                                approval(
                                        "rolled",
                                        first,
                                        "2099-01-01T00:00:00Z",
                                        "security",
                                        "auditor")));
        assertThat(back.body()).contains("\"version\":3", first);
        assertThat(evaluate(key, "acme")).isEqualTo("allow");
    }

    @Test
    void oneRuleIsAddedOnce() throws Exception {
        String key = platform.tenant("added");
        String rule = "{\"name\":\"no-acme\",\"pattern\":\"acme\"}";
        assertThat(send("added", "rules", rule).statusCode()).isEqualTo(201);
        assertThat(evaluate(key, "acme")).isEqualTo("deny");
        assertThat(send("added", "rules", rule).statusCode()).isEqualTo(409);
        assertThat(send("added", "rules", "{\"name\":\"x\"}").statusCode()).isEqualTo(400);
        assertThat(platform.post("/v1/policies/added/rules", key, rule).statusCode())
                .isEqualTo(403);
    }
}
