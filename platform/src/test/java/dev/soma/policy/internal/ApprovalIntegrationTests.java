package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.RecordedRequest;
import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.RawHttp;
import dev.soma.harness.TestKeys;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a verdict asks for beside yes and no: a person, a redaction, a bound; and the bound that
/// the
/// constitution itself sets on turns that run at once.
class ApprovalIntegrationTests {
    private static final String TENANT = "reviewed";
    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static String alice;
    private static String bob;

    @BeforeAll
    static void prepare() throws Exception {
        platform = TestPlatform.start(Map.of());
        JsonObject shipped = TestKeys.shipped();
        JsonObject rules =
                TestKeys.with(
                        shipped.object("rules").orElseThrow(),
                        "max_concurrent_operations",
                        JsonValue.of(2));
        platform.publish(
                platform.keys().sign(TestKeys.with(shipped, "rules", rules), "founder", "auditor"));
        platform.awaitConstitution(shipped.text("version").orElseThrow());
        provider = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted*");
        alice = platform.tenant(TENANT);
        bob = user("bob", "chat", "approvals:decide");
        TestPlatform.ok(
                platform.put(
                        "/v1/policies/" + TENANT,
                        platform.adminKey(),
                        """
                        {"permits":[{"action":"chat","capability":"chat"}],
                         "rules":[
                          {"name":"wire","pattern":"wire money","effect":"review","article":"T.9","weight":0.2},
                          {"name":"card","regex":"card [0-9]{4}","effect":"redact"},
                          {"name":"pin","pattern":"pin code","effect":"redact"},
                          {"name":"short","pattern":"briefly","effect":"limit","max_tokens":50}
                         ]}
                        """));
    }

    @AfterAll
    static void stop() {
        provider.close();
        platform.close();
    }

    private static String user(String id, String... capabilities) throws Exception {
        String held = "\"" + String.join("\",\"", capabilities) + "\"";
        TestPlatform.ok(
                platform.put(
                        "/v1/users/" + id,
                        platform.adminKey(),
                        "{\"tenant\":\"%s\",\"capabilities\":[%s]}".formatted(TENANT, held)));
        return TestPlatform.json(
                        TestPlatform.ok(
                                platform.post(
                                        "/v1/api-keys",
                                        platform.adminKey(),
                                        "{\"tenant\":\"%s\",\"owner\":\"%s\",\"name\":\"k\",\"capabilities\":[%s]}"
                                                .formatted(TENANT, id, held))))
                .text("key")
                .orElseThrow();
    }

    private static HttpResponse<String> chat(String key, String text, String... headers)
            throws Exception {
        return chatWith(key, "scripted", text, "", headers);
    }

    private static HttpResponse<String> chatWith(
            String key, String model, String text, String more, String... headers)
            throws Exception {
        return platform.post(
                "/v1/chat/completions",
                key,
                "{\"model\":\"scripted/%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
                        .formatted(model, text, more),
                headers);
    }

    private static String asked(String key, String text) throws Exception {
        HttpResponse<String> refused = chat(key, text);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("review_required", "X-Approval-Id");
        return refused.headers().firstValue("X-Decision-Id").orElseThrow();
    }

    private static HttpResponse<String> decide(String key, String id, String decision)
            throws Exception {
        return platform.post(
                "/v1/approvals/" + id + "/decision",
                key,
                "{\"decision\":\"%s\"}".formatted(decision));
    }

    private static RawHttp waiting(String text) throws Exception {
        RawHttp client = new RawHttp(platform.gateway());
        client.post(
                "/v1/chat/stream",
                alice,
                "{\"model\":\"scripted/scripted\",\"prompt\":\"%s\"}".formatted(text));
        return client;
    }

    private static String approvalOf(String head) {
        assertThat(head.toLowerCase(Locale.ROOT)).contains("x-policy-decision: review");
        int at = head.indexOf("\"approval_id\":\"") + 15;
        return head.substring(at, at + 36);
    }

    @Test
    void aStreamWaitsForAPersonAndGoesOn() throws Exception {
        try (RawHttp client = waiting("wire money to Carol")) {
            String head = client.readUntil("expires_at");
            assertThat(head).contains("event: turn.review").doesNotContain("turn.accepted");
            TestPlatform.ok(decide(bob, approvalOf(head), "approve"));
            assertThat(client.readUntil("turn.completed")).contains("turn.accepted", "id: 1\n");
        }
    }

    @Test
    void aStreamThatAPersonDeniesEndsWithTheRefusal() throws Exception {
        try (RawHttp client = waiting("wire money to Dave")) {
            String head = client.readUntil("expires_at");
            TestPlatform.ok(decide(bob, approvalOf(head), "deny"));
            assertThat(client.readUntil("policy_denied"))
                    .contains("turn.failed", "A person has denied it.")
                    .doesNotContain("turn.accepted");
        }
    }

    @Test
    void whatAnotherUserApprovesIsDoneOnce() throws Exception {
        String id = asked(alice, "wire money to Bob");
        assertThat(TestPlatform.ok(platform.get("/v1/approvals", bob)).body())
                .contains(id, "wire money to Bob", "\"rules\":[\"wire\"]");
        assertThat(chat(alice, "wire money to Bob", "X-Approval-Id", id).statusCode())
                .as("not decided yet")
                .isEqualTo(403);
        TestPlatform.ok(decide(bob, id, "approve"));
        assertThat(chat(alice, "wire money to Eve", "X-Approval-Id", id).statusCode())
                .as("bound to the very request")
                .isEqualTo(403);
        assertThat(chat(bob, "wire money to Bob", "X-Approval-Id", id).statusCode())
                .as("bound to the very user")
                .isEqualTo(403);
        HttpResponse<String> done = chat(alice, "wire money to Bob", "X-Approval-Id", id);
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
        assertThat(done.headers().firstValue("X-Policy-Decision")).contains("allow");
        assertThat(chat(alice, "wire money to Bob", "X-Approval-Id", id).statusCode())
                .as("used once")
                .isEqualTo(403);
        assertThat(platform.get("/v1/approvals", bob).body()).doesNotContain(id);
    }

    @Test
    void twoWhoUseOneApprovalAtOnceDoItOnce() throws Exception {
        for (int round = 0; round < 10; round++) {
            String text = "wire money, round " + round;
            String id = asked(alice, text);
            TestPlatform.ok(decide(bob, id, "approve"));
            List<Integer> statuses =
                    IntStream.range(0, 2)
                            .mapToObj(
                                    i ->
                                            CompletableFuture.supplyAsync(
                                                    () -> {
                                                        try {
                                                            return chat(
                                                                            alice,
                                                                            text,
                                                                            "X-Approval-Id",
                                                                            id)
                                                                    .statusCode();
                                                        } catch (Exception e) {
                                                            throw new IllegalStateException(e);
                                                        }
                                                    }))
                            .toList()
                            .stream()
                            .map(CompletableFuture::join)
                            .sorted()
                            .toList();
            assertThat(statuses.getFirst()).isEqualTo(200);
            assertThat(statuses.getLast()).isIn(403, 409);
        }
    }

    @Test
    void nobodyDecidesOnTheirOwnRequestWhateverKeyTheyUse() throws Exception {
        String id = asked(bob, "wire money to myself");
        String otherKey =
                TestPlatform.json(
                                TestPlatform.ok(
                                        platform.post(
                                                "/v1/api-keys",
                                                platform.adminKey(),
                                                "{\"tenant\":\"%s\",\"owner\":\"bob\",\"name\":\"second\",\"capabilities\":[\"approvals:decide\"]}"
                                                        .formatted(TENANT))))
                        .text("key")
                        .orElseThrow();
        for (String key : List.of(bob, otherKey)) {
            HttpResponse<String> refused = decide(key, id, "approve");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("four_eyes");
        }
        assertThat(decide(alice, id, "approve").statusCode()).isEqualTo(403);
    }

    @Test
    void whatIsDeniedStaysDenied() throws Exception {
        String id = asked(alice, "wire money to nobody");
        TestPlatform.ok(decide(bob, id, "deny"));
        assertThat(chat(alice, "wire money to nobody", "X-Approval-Id", id).statusCode())
                .isEqualTo(403);
        assertThat(decide(bob, id, "approve").statusCode()).isEqualTo(409);
        assertThat(decide(bob, id, "perhaps").statusCode()).isEqualTo(400);
        assertThat(decide(bob, "x", "deny").statusCode()).isEqualTo(404);
        assertThat(chat(alice, "hi", "X-Approval-Id", "x").statusCode()).isEqualTo(400);
    }

    /// The provider has to receive the same bytes for what is redacted as for what never held it.
    @Test
    void whatIsRedactedAndLimitedIsWhatTheProviderGets() throws Exception {
        TestPlatform.ok(chat(alice, "my card 1234, PIN\u00a0code and card 9876 ok briefly"));
        RecordedRequest obliged = provider.requests().getLast();
        TestPlatform.ok(
                chatWith(
                        bob,
                        "scripted",
                        "my [redacted], [redacted] and [redacted] ok briefly",
                        ",\"max_tokens\":50"));
        RecordedRequest plain = provider.requests().getLast();
        assertThat(plain.sequence()).isNotEqualTo(obliged.sequence());
        assertThat(obliged.bodySha256()).isEqualTo(plain.bodySha256());
    }

    @Test
    void theConstitutionBoundsTheTurnsThatRunAtOnce() throws Exception {
        List<HttpResponse<String>> answers =
                IntStream.range(0, 8)
                        .mapToObj(
                                i ->
                                        CompletableFuture.supplyAsync(
                                                () -> {
                                                    try {
                                                        return chatWith(
                                                                alice,
                                                                "scripted:delay=1500ms",
                                                                "turn " + i,
                                                                "");
                                                    } catch (Exception e) {
                                                        throw new IllegalStateException(e);
                                                    }
                                                }))
                        .toList()
                        .stream()
                        .map(CompletableFuture::join)
                        .toList();
        assertThat(answers).filteredOn(answer -> answer.statusCode() == 200).hasSize(2);
        assertThat(answers)
                .filteredOn(answer -> answer.statusCode() == 429)
                .hasSize(6)
                .allSatisfy(
                        answer ->
                                assertThat(answer.body())
                                        .contains(
                                                "concurrency_exceeded",
                                                "max_concurrent_operations"));
        TestPlatform.ok(chat(alice, "after"));
    }
}
