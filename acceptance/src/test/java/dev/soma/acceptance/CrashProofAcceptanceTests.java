package dev.soma.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.acceptance.ChatClient.Heard;
import dev.soma.acceptance.ChatClient.Reached;
import dev.soma.bench.ScriptedProvider;
import dev.soma.devkit.Part;
import dev.soma.verifier.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.json.JsonMapper;

/// `kill -9` of the platform, of Kafka and of both at random moments, with a stream of turns
/// running. Nothing that was acknowledged may be lost, reordered, stranded or unproven.
///
/// `-Dsoma.tests=full` runs fifty trials, `-Dsoma.crash.seed=N` repeats a run's choices.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrashProofAcceptanceTests {
    private static final List<List<Part>> VICTIMS =
            List.of(
                    List.of(Part.PLATFORM),
                    List.of(Part.KAFKA),
                    List.of(Part.PLATFORM, Part.KAFKA));
    private static final int CLIENTS = 6;
    private static final int FULL_TRIALS = 50;
    private static final int FEW_TRIALS = 3;
    private static final Path RESULT = Path.of("target/crash-proof.json");

    private final long seed = Long.getLong("soma.crash.seed", System.nanoTime());
    private final Map<String, Integer> kills = new LinkedHashMap<>();
    private ScriptedProvider provider;
    private PackedPlatform platform;

    CrashProofAcceptanceTests() throws IOException, InterruptedException {
        provider = ScriptedProvider.start(0);
        platform = PackedPlatform.governed("crash-proof", options -> options.without(Part.SLM));
    }

    @BeforeAll
    void registerModels() throws IOException, InterruptedException {
        platform.operator()
                .provider(
                        "scripted",
                        provider.uri() + "/v1",
                        TurnTraffic.FAST,
                        TurnTraffic.PACED,
                        TurnTraffic.SLOW);
    }

    @AfterAll
    void stop() {
        platform.close();
        provider.close();
    }

    @Test
    void nothingAcknowledgedIsLostWhateverDies()
            throws IOException, InterruptedException, SQLException {
        int trials = System.getProperty("soma.tests", "").equals("full") ? FULL_TRIALS : FEW_TRIALS;
        System.out.println("crash proof: " + trials + " trials, seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        String key = platform.operator().tenant("crash").text();
        long started = System.nanoTime();
        List<Heard> heard;
        try (TurnTraffic traffic = new TurnTraffic(platform.gateway(), key, random.split())) {
            traffic.start(CLIENTS);
            for (int trial = 0; trial < trials; trial++) {
                crash(traffic, VICTIMS.get(trial % VICTIMS.size()), random);
            }
            awaitTurns(traffic, 2 * CLIENTS);
            traffic.close();
            assertThat(traffic.wrong()).as("what clients saw and should not").isEmpty();
            heard = traffic.heard();
        }
        CrashEvidence evidence = CrashEvidence.collect(platform);
        evidence.assertAcknowledgedTurnsAreTold(heard);
        evidence.assertOrderAndCompleteness();
        evidence.assertDuplicatesAreCopies();
        evidence.assertDecisionsAreTold();
        evidence.assertVerdictsAreAdmittedOrNot();
        evidence.assertEveryTurnHasItsReceipt();
        evidence.assertBudgetsAreWhole();
        evidence.assertToldUsageIsSettled(heard);
        JournalEvidence journal = JournalEvidence.collect(platform.gateway(), key, heard);
        journal.assertEverythingHeardIsReadAgain();
        journal.assertTurnsBeginAndEndOnce();
        Map<String, Object> result = result(trials, heard, evidence);
        result.put("frames_in_journal", journal.frames());
        result.put("frames_heard", journal.heard());
        platform.stack().stop(Part.PLATFORM);
        assertThat(platform.audit().verify())
                .as("the audit log under the auditor's key")
                .isInstanceOfSatisfying(
                        Outcome.Verified.class,
                        verified -> {
                            assertThat(verified.unadmitted()).as("unadmitted verdicts").isZero();
                            assertThat(verified.unsigned()).as("unsigned entries").isZero();
                            result.put("audit_verified_entries", verified.size());
                        });
        result.put("seconds", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started));
        Files.writeString(RESULT, JsonMapper.shared().writeValueAsString(result) + "\n");
        System.out.println("crash proof: " + Files.readString(RESULT).strip());
    }

    /// Waits for turns to flow, then for a random moment, then kills.
    private void crash(TurnTraffic traffic, List<Part> victims, SplittableRandom random)
            throws InterruptedException {
        awaitTurns(traffic, CLIENTS);
        long moment = System.nanoTime() + random.nextLong(TimeUnit.MILLISECONDS.toNanos(900));
        while (System.nanoTime() - moment < 0) {
            LockSupport.parkNanos(moment - System.nanoTime());
        }
        kills.merge(String.join("+", victims.stream().map(Part::id).toList()), 1, Integer::sum);
        platform.killAndAwait(victims);
    }

    private static void awaitTurns(TurnTraffic traffic, int more) {
        long before = traffic.completed();
        Awaitility.await(more + " more turns to complete")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> traffic.completed() >= before + more || !traffic.wrong().isEmpty());
    }

    private Map<String, Object> result(int trials, List<Heard> heard, CrashEvidence evidence)
            throws SQLException {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("trials", trials);
        result.put("seed", seed);
        result.put("kills", kills);
        result.put("asked", heard.size());
        for (Reached reached : Reached.values()) {
            result.put(
                    "heard_" + reached.name().toLowerCase(java.util.Locale.ROOT),
                    heard.stream().filter(turn -> turn.reached == reached).count());
        }
        result.putAll(evidence.counts());
        return result;
    }
}
