package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.Constitution;
import dev.soma.constitution.Constitutions;
import dev.soma.harness.Actors;
import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Packs and decisions of a running platform.
@ExtendWith(SharedPlatform.class)
class PolicyIntegrationTests {
    private static final String PERMIT =
            "\"permits\":[{\"action\":\"chat\",\"capability\":\"chat\"}]";
    private static TestPlatform platform;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = SharedPlatform.platform();
        key = platform.tenant("rules");
    }

    private static String chat(String text) {
        return "{\"model\":\"scripted/scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                .formatted(text);
    }

    private static JsonObject entryOf(String decision) throws Exception {
        AuditLog log = platform.bean(AuditLog.class);
        for (long first = 0; first < log.size(); first += 256) {
            for (var entry : log.read(first, 256)) {
                JsonObject content = StrictJson.parseObject(entry.bytes());
                if (content.text("type").orElse("").equals("verdict")
                        && content.text("decision_id").orElse("").equals(decision)) {
                    return content;
                }
            }
        }
        throw new AssertionError("no verdict " + decision);
    }

    @Test
    void aPackHoldsFromItsAnswerOnAndIsVersioned() throws Exception {
        String pack =
                "{%s,\"rules\":[{\"name\":\"no-acme\",\"pattern\":\"acme\",\"article\":\"T.1\",\"weight\":0.25}]}"
                        .formatted(PERMIT);
        var saved = TestPlatform.ok(platform.put("/v1/policies/rules", platform.adminKey(), pack));
        assertThat(saved.body()).contains("\"version\":2");
        var refused = platform.post("/v1/chat/completions", key, chat("tell me of ACME corp"));
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.headers().firstValue("X-Policy-Score")).contains("0.75");
        assertThat(refused.body()).contains("\"article\":\"T.1\"", "\"rule\":\"no-acme\"");

        JsonObject entry = entryOf(refused.headers().firstValue("X-Decision-Id").orElseThrow());
        var digest = TestPlatform.json(saved).text("digest");
        assertThat(entry.text("policy_version")).isEqualTo(digest);
        assertThat(entry.text("verdict")).contains("deny");
        assertThat(entry.text("action")).contains("chat");
        assertThat(entry.text("resource")).contains("model/scripted/scripted");
        assertThat(entry.text("constitution_hash"))
                .isEqualTo(refused.headers().firstValue("X-Constitution-Hash"));
        assertThat(entry.toString()).doesNotContain("alice").doesNotContain("corp");
        assertThat(platform.get("/v1/policies/rules", platform.adminKey()).body())
                .contains("no-acme");

        assertThat(
                        platform.put(
                                        "/v1/policies/rules",
                                        platform.adminKey(),
                                        "{%s,\"rules\":[]}".formatted(PERMIT))
                                .body())
                .as("a rule goes, so the signers have to approve")
                .contains("signatures_needed", "no-acme");
        platform.pack("rules", "{%s,\"rules\":[]}".formatted(PERMIT));
        assertThat(platform.post("/v1/chat/completions", key, chat("acme")).statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"rules\":[]}",
                "{\"permits\":[],\"rules\":[],\"more\":1}",
                "{\"permits\":[],\"rules\":[{\"name\":\"a\",\"regex\":\"(\"}]}",
                "[]",
                "{"
            })
    void aBadPackIsRefusedAndTheOldOneStays(String pack) throws Exception {
        String before = platform.get("/v1/policies/rules", platform.adminKey()).body();
        assertThat(platform.put("/v1/policies/rules", platform.adminKey(), pack).statusCode())
                .isEqualTo(400);
        assertThat(platform.get("/v1/policies/rules", platform.adminKey()).body())
                .isEqualTo(before);
    }

    private static PolicyRequest chat(Message... messages) {
        return PolicyRequest.chat("model/m", "", new Prompt(List.of(messages)));
    }

    @Test
    void theSameQuestionHasTheSameAnswer() {
        PolicyEngine engine = platform.bean(PolicyEngine.class);
        ActorContext actor = Actors.user("rules", "alice", "chat");
        PolicyRequest request = chat(new Message("user", "hello"));
        var first = (Judged) engine.judge(actor, request);
        var second = (Judged) engine.judge(actor, request);
        assertThat(second.verdict().word()).isEqualTo(first.verdict().word());
        assertThat(second.verdict().basis()).isEqualTo(first.verdict().basis());
        assertThat(second.verdict().inputDigest())
                .as("the digest of a short question must not tell the question")
                .isNotEqualTo(first.verdict().inputDigest());
        assertThat(platform.bean(Constitutions.class).state())
                .isInstanceOfSatisfying(
                        Constitutions.State.InForce.class,
                        inForce -> {
                            Constitution constitution = inForce.constitution();
                            assertThat(first.verdict().epoch()).isEqualTo(constitution.epoch());
                        });
    }

    @Test
    void anUnknownTenantGetsNothing() {
        assertThat(
                        platform.bean(PolicyEngine.class)
                                .judge(Actors.user("nobody", "alice", "*"), chat()))
                .isInstanceOf(PolicyEngine.Impossible.class);
    }
}
