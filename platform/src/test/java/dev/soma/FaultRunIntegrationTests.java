package dev.soma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.devkit.FaultProxy;
import dev.soma.devkit.TestEngines;
import dev.soma.events.Changes;
import dev.soma.harness.JumpingClock;
import dev.soma.harness.TestKeys;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Nothing is decided under a constitution that is not in force: not on a node that is cut off from
/// the others, and not when a clock jumps. Recovery times are printed.
class FaultRunIntegrationTests {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static TestPlatform platform;
    private static FaultProxy third;
    private static TestPlatform partitioned;
    private static TestPlatform jumping;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        key = platform.tenant("acme");
        var database = TestEngines.postgres();
        third = FaultProxy.to(database.host(), database.port());
        partitioned =
                platform.secondNode(
                        "node-3",
                        SomaPlatform.class,
                        Map.of(
                                "soma.postgres.url",
                                platform.settings()
                                        .getOrDefault("soma.postgres.url", "")
                                        .replace(
                                                ":" + database.port() + "/",
                                                ":" + third.port() + "/")));
        jumping = platform.secondNode("node-2", JumpingClock.class, Map.of());
    }

    @AfterAll
    static void stop() {
        jumping.close();
        partitioned.close();
        third.close();
        platform.close();
    }

    @AfterEach
    void setClock() {
        JumpingClock.ahead(Duration.ZERO);
        third.resume();
    }

    /// @param evaluated when the node decided, by its own clock
    private record Answer(int status, Instant asked, Instant evaluated, String hash) {}

    private static Answer evaluate(TestPlatform node) throws Exception {
        Instant asked = Instant.now();
        HttpResponse<String> answer =
                node.post(
                        "/v1/evaluate",
                        key,
                        "{\"session_id\":\"s\",\"tenant\":\"acme\",\"user\":\"alice\",\"prompt\":\"What is a ledger?\",\"role\":\"user\"}");
        if (answer.statusCode() != 200) {
            return new Answer(answer.statusCode(), asked, asked, "");
        }
        JsonObject document = TestPlatform.json(answer);
        return new Answer(
                200,
                asked,
                Instant.parse(document.text("evaluated_at").orElseThrow()),
                document.text("constitution_hash").orElseThrow());
    }

    private static JsonObject status() throws Exception {
        return TestPlatform.json(
                TestPlatform.ok(platform.get("/v1/governance/status", platform.adminKey())));
    }

    private static String inForce() throws Exception {
        return status().object("constitution").orElseThrow().text("hash").orElseThrow();
    }

    private static Optional<Instant> mark(String name) throws Exception {
        return status().object("constitution_switch").orElseThrow().text(name).map(Instant::parse);
    }

    /// Puts a new version in force through the API of the first node.
    private static void activate(String version) throws Exception {
        String file =
                new String(
                        platform.keys()
                                .sign(TestKeys.shipped(version), "founder", "auditor")
                                .toFile(),
                        StandardCharsets.UTF_8);
        String draft =
                TestPlatform.json(
                                TestPlatform.ok(
                                        platform.post(
                                                "/v1/constitution/drafts",
                                                platform.adminKey(),
                                                "{\"constitution\":%s}".formatted(file))))
                        .text("draft_id")
                        .orElseThrow();
        TestPlatform.ok(
                platform.post(
                        "/v1/constitution/drafts/%s/activate".formatted(draft),
                        platform.adminKey(),
                        "{}"));
    }

    private static Thread caller(
            TestPlatform node,
            AtomicBoolean asking,
            Queue<Answer> answers,
            Queue<Exception> failures) {
        return Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                while (asking.get()) {
                                    answers.add(evaluate(node));
                                }
                            } catch (Exception e) {
                                failures.add(e);
                            }
                        });
    }

    @Test
    void aNodeThatIsCutOffDecidesNothingUnderTheOldConstitution() throws Exception {
        String old = inForce();
        Queue<Answer> answers = new ConcurrentLinkedQueue<>();
        Queue<Exception> failures = new ConcurrentLinkedQueue<>();
        AtomicBoolean asking = new AtomicBoolean(true);
        List<Thread> callers = new ArrayList<>();
        for (TestPlatform node : List.of(platform, partitioned, jumping, partitioned)) {
            callers.add(caller(node, asking, answers, failures));
        }
        await().atMost(PATIENCE).until(() -> answers.size() > 100);
        third.stall();
        activate("10.0.0");
        await().atMost(PATIENCE).until(() -> mark("switched_at").isPresent());
        Instant mark = mark("switched_at").orElseThrow();
        assertThat(Duration.between(mark("changed_at").orElseThrow(), mark))
                .as("the lease of a node that does not answer, with its margin")
                .isLessThanOrEqualTo(Duration.ofMillis(2_600));
        assertThat(partitioned.bean(Changes.class).current()).isFalse();
        long healed = System.nanoTime();
        third.resume();
        await().atMost(PATIENCE).until(() -> evaluate(partitioned).status() == 200);
        System.out.printf(
                "partition of one of three nodes: switch mark after %d ms, recovered %d ms after it healed%n",
                Duration.between(mark("changed_at").orElseThrow(), mark).toMillis(),
                (System.nanoTime() - healed) / 1_000_000);
        asking.set(false);
        for (Thread thread : callers) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(answers).extracting(Answer::status).containsOnly(200, 503);
        assertThat(answers)
                .filteredOn(answer -> answer.hash().equals(old))
                .isNotEmpty()
                .allSatisfy(answer -> assertThat(answer.evaluated()).isBeforeOrEqualTo(mark));
    }

    @Test
    void aClockThatJumpsStopsANodeUntilItHasAskedAgain() throws Exception {
        await().atMost(PATIENCE).until(() -> evaluate(jumping).status() == 200);
        for (Duration jump :
                List.of(Duration.ofHours(1), Duration.ofHours(-2), Duration.ofDays(2))) {
            long jumped = System.nanoTime();
            JumpingClock.ahead(jump);
            await().atMost(PATIENCE).until(() -> evaluate(jumping).status() == 200);
            System.out.printf(
                    "wall clock jumped by %s: decisions again after %d ms%n",
                    jump, (System.nanoTime() - jumped) / 1_000_000);
            assertThat(evaluate(jumping).hash()).isEqualTo(inForce());
        }
        activate("11.0.0");
        await().atMost(PATIENCE).until(() -> evaluate(jumping).hash().equals(inForce()));
    }
}
