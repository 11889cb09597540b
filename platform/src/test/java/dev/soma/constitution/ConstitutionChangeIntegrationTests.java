package dev.soma.constitution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.harness.TestKeys;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.jdbc.core.simple.JdbcClient;

/// A constitution drafted, simulated, activated and rolled back through the API, while its source
/// still holds another, and the switch of several nodes.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConstitutionChangeIntegrationTests {
    private static TestPlatform platform;
    private static String key;
    private static String shippedHash = "";

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        key = platform.tenant("acme");
        shippedHash = status().object("constitution").orElseThrow().text("hash").orElseThrow();
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    private static JsonObject status() throws Exception {
        return TestPlatform.json(
                TestPlatform.ok(platform.get("/v1/governance/status", platform.adminKey())));
    }

    private static String file(SignedDocument signed) {
        return new String(signed.toFile(), StandardCharsets.UTF_8);
    }

    private static HttpResponse<String> admin(String path, String body) throws Exception {
        return platform.post(path, platform.adminKey(), body);
    }

    private static String draft(SignedDocument signed) throws Exception {
        return TestPlatform.json(
                        TestPlatform.ok(
                                admin(
                                        "/v1/constitution/drafts",
                                        "{\"constitution\":%s}".formatted(file(signed)))))
                .text("draft_id")
                .orElseThrow();
    }

    private static String inForce() throws Exception {
        return status().object("constitution").orElseThrow().text("hash").orElseThrow();
    }

    private static long epoch(JsonObject document) {
        return document.members().get("epoch") instanceof JsonInteger(var number)
                ? number.longValueExact()
                : 0;
    }

    private static String rollback(String hash, long epoch, String... signers) throws Exception {
        JsonObject statement =
                StrictJson.parseObject(
                        "{\"type\":\"constitution-rollback\",\"hash\":\"%s\",\"epoch\":%d,\"not_after\":\"2099-01-01T00:00:00Z\"}"
                                .formatted(hash, epoch)
                                .getBytes(StandardCharsets.UTF_8));
        return "{\"approval\":%s}".formatted(file(platform.keys().sign(statement, signers)));
    }

    @Test
    @Order(1)
    void aDraftGoesInForceWhenEnoughSignersHaveSignedIt() throws Exception {
        SignedDocument one = platform.keys().sign(TestKeys.shipped("3.0.0"), "founder");
        String id = draft(one);
        JsonObject found =
                TestPlatform.json(
                        platform.get("/v1/constitution/drafts/" + id, platform.adminKey()));
        assertThat(found.text("missing").orElse("")).contains("1 of 2");
        String activate = "/v1/constitution/drafts/%s/activate".formatted(id);
        HttpResponse<String> early = admin(activate, "{}");
        assertThat(early.statusCode()).isEqualTo(403);
        assertThat(early.body()).contains("signatures_needed", "1 of 2");
        assertThat(inForce()).isEqualTo(shippedHash);
        String more =
                "{\"signatures\":[{\"signer_id\":\"auditor\",\"signature\":\"%s\"}]}"
                        .formatted(
                                platform.keys()
                                        .sign(TestKeys.shipped("3.0.0"), "auditor")
                                        .signatures()
                                        .getFirst()
                                        .text());
        JsonObject active = TestPlatform.json(TestPlatform.ok(admin(activate, more)));
        assertThat(active.text("origin")).contains("draft");
        assertThat(inForce()).isEqualTo(active.text("hash").orElseThrow());
        assertThat(admin(activate, more).statusCode()).isEqualTo(409);
    }

    @Test
    @Order(2)
    void aSourceThatHoldsWhatTheDraftReplacedConfirmsTheDraft() throws Exception {
        OffsetDateTime before = confirmedAt();
        await().atMost(Duration.ofSeconds(15)).until(() -> confirmedAt().isAfter(before));
        assertThat(inForce()).isNotEqualTo(shippedHash);
    }

    private static OffsetDateTime confirmedAt() throws Exception {
        return platform.bean(JdbcClient.class)
                .sql("SELECT at FROM constitution_confirmation WHERE hash = ?")
                .param(inForce())
                .query(OffsetDateTime.class)
                .single();
    }

    @Test
    @Order(3)
    void aRollbackTakesAStatementOfTheSignersThatNamesItsEpoch() throws Exception {
        String path = "/v1/constitution/rollback";
        long epoch = epoch(status().object("constitution").orElseThrow());
        String replaced = inForce();
        assertThat(admin(path, "{}").statusCode()).isEqualTo(400);
        assertThat(admin(path, rollback(shippedHash, epoch + 1, "founder")).body())
                .contains("signatures_needed", "1 of 2");
        assertThat(admin(path, rollback(shippedHash, epoch, "founder", "auditor")).statusCode())
                .isEqualTo(409);
        assertThat(admin(path, rollback("ab".repeat(64), epoch + 1, "founder", "auditor")).body())
                .contains("no constitution of this hash");
        assertThat(inForce()).isEqualTo(replaced);
        String good = rollback(shippedHash, epoch + 1, "founder", "auditor");
        JsonObject active = TestPlatform.json(TestPlatform.ok(admin(path, good)));
        assertThat(epoch(active)).isEqualTo(epoch + 1);
        assertThat(inForce()).isEqualTo(shippedHash);
        assertThat(admin(path, good).statusCode()).as("used up").isEqualTo(409);
    }

    @Test
    @Order(4)
    void nobodyButAnOperatorOfThePlatformComesHere() throws Exception {
        for (String path : List.of("/v1/constitution/drafts", "/v1/constitution/rollback")) {
            assertThat(platform.post(path, key, "{}").statusCode()).isEqualTo(403);
        }
        assertThat(platform.get("/v1/governance/status", key).statusCode()).isEqualTo(200);
    }

    @Test
    @Order(5)
    void theSourceTakesOverAgainWithADocumentThatIsNew() throws Exception {
        platform.publish(platform.keys().sign(TestKeys.shipped("3.1.0"), "founder", "auditor"));
        platform.awaitConstitution("3.1.0");
        assertThat(platform.get("/v1/constitution/versions", platform.adminKey()).body())
                .contains("\"origin\":\"rollback\"", "\"origin\":\"draft\"");
    }

    @Test
    @Order(6)
    void aSimulationSaysWhatAnotherConstitutionWouldChange() throws Exception {
        TestPlatform.ok(evaluate(platform, "What is a ledger?"));
        JsonObject shipped = TestKeys.shipped("3.2.0");
        JsonObject rules = shipped.object("rules").orElseThrow();
        List<JsonValue> prohibited = new ArrayList<>(rules.items("prohibited_actions"));
        prohibited.add(JsonValue.of("chat"));
        JsonObject stricter =
                TestKeys.with(
                        shipped,
                        "rules",
                        TestKeys.with(rules, "prohibited_actions", JsonValue.array(prohibited)));
        String body = "{\"tenant\":\"acme\",\"constitution\":%s}";
        JsonObject found =
                TestPlatform.json(
                        TestPlatform.ok(
                                admin(
                                        "/v1/constitution/simulate",
                                        body.formatted(file(platform.keys().sign(stricter))))));
        assertThat(found.items("changes")).hasSize(1);
        assertThat(found.items("newly_denied")).isNotEmpty();
        assertThat(found.items("newly_allowed")).isEmpty();
        JsonObject same =
                TestPlatform.json(
                        TestPlatform.ok(
                                admin(
                                        "/v1/constitution/simulate",
                                        body.formatted(file(platform.keys().sign(shipped))))));
        assertThat(same.items("changes")).isEmpty();
        assertThat(same.items("newly_denied")).isEmpty();
    }

    private static HttpResponse<String> evaluate(TestPlatform node, String prompt)
            throws Exception {
        return node.post(
                "/v1/evaluate",
                key,
                "{\"session_id\":\"s\",\"tenant\":\"acme\",\"user\":\"alice\",\"prompt\":\"%s\",\"role\":\"user\"}"
                        .formatted(prompt));
    }

    /// What one caller got, and when it asked.
    private record Answer(Instant asked, Instant evaluated, String hash) {}

    @Test
    @Order(7)
    void noNodeAnswersUnderTheOldConstitutionAfterTheSwitchMark() throws Exception {
        try (TestPlatform other = platform.secondNode("node-2")) {
            other.awaitConstitution("3.1.0");
            Queue<Answer> answers = new ConcurrentLinkedQueue<>();
            Queue<String> failures = new ConcurrentLinkedQueue<>();
            AtomicBoolean asking = new AtomicBoolean(true);
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                TestPlatform node = i % 2 == 0 ? platform : other;
                callers.add(Thread.ofVirtual().start(() -> ask(node, asking, answers, failures)));
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> answers.size() > 100);
            String old = inForce();
            String id =
                    draft(platform.keys().sign(TestKeys.shipped("4.0.0"), "founder", "auditor"));
            TestPlatform.ok(admin("/v1/constitution/drafts/%s/activate".formatted(id), "{}"));
            await().atMost(Duration.ofSeconds(10)).until(() -> mark("switched_at").isPresent());
            Instant mark = mark("switched_at").orElseThrow();
            int then = answers.size();
            await().atMost(Duration.ofSeconds(20)).until(() -> answers.size() > then + 100);
            asking.set(false);
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(failures).isEmpty();
            System.out.printf(
                    "two nodes under load switched %d ms after the change%n",
                    Duration.between(mark("changed_at").orElseThrow(), mark).toMillis());
            assertThat(answers.stream().filter(answer -> answer.hash().equals(old))).isNotEmpty();
            assertThat(answers.stream().filter(answer -> !answer.hash().equals(old))).isNotEmpty();
            assertThat(answers)
                    .filteredOn(answer -> answer.hash().equals(old))
                    .allSatisfy(
                            answer -> {
                                assertThat(answer.asked()).isBefore(mark);
                                assertThat(answer.evaluated()).isBeforeOrEqualTo(mark);
                            });
        }
    }

    private static Optional<Instant> mark(String name) throws Exception {
        return status().object("constitution_switch").orElseThrow().text(name).map(Instant::parse);
    }

    private static void ask(
            TestPlatform node,
            AtomicBoolean asking,
            Queue<Answer> answers,
            Queue<String> failures) {
        while (asking.get()) {
            try {
                Instant asked = Instant.now();
                HttpResponse<String> answer = evaluate(node, "What is a ledger?");
                if (answer.statusCode() != 200) {
                    failures.add(answer.body());
                    return;
                }
                JsonObject document = TestPlatform.json(answer);
                answers.add(
                        new Answer(
                                asked,
                                Instant.parse(document.text("evaluated_at").orElseThrow()),
                                document.text("constitution_hash").orElseThrow()));
            } catch (Exception e) {
                failures.add(String.valueOf(e));
                return;
            }
        }
    }

    @Test
    @Order(8)
    void aNodeThatStoppedIsNotWaitedFor() throws Exception {
        assertThat(status().object("constitution_switch").orElseThrow().items("nodes"))
                .hasSize(1)
                .first()
                .asString()
                .contains("node-1");
    }
}
