package dev.soma.witness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` while two histories of one log compete for the witness's cosignature.
class WitnessCrashTests {
    private static final long SEED = Long.getLong("soma.seed", 4_2026L);
    private static final int ROUNDS = Integer.getInteger("soma.witness.kills", 12);

    @TempDir Path folder = Path.of("");

    /// What was cosigned, by size: the text.
    private final Map<Integer, String> cosigned = new ConcurrentHashMap<>();

    private final Queue<Throwable> bugs = new ConcurrentLinkedQueue<>();

    @Test
    void neverSignsTwoRootsOfOneSize() throws Exception {
        Random random = new Random(SEED);
        TestLog log = new TestLog("soma/audit/node-1");
        try (WitnessProcess witness = WitnessProcess.of(folder, log)) {
            for (int round = 0; round < ROUNDS; round++) {
                TestLog honest = log;
                TestLog forked = log.twin(log.size());
                String history = "round " + round;
                int killAfter = 1 + random.nextInt(40);
                Semaphore answers = new Semaphore(0);
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    threads.execute(() -> feed(witness, honest, history + "a", answers));
                    threads.execute(() -> feed(witness, forked, history + "b", answers));
                    answers.acquire(killAfter);
                    witness.kill();
                }
                assertThat(bugs).isEmpty();
                witness.start();
                String note = witness.get("/checkpoint/" + log.origin()).body();
                int kept = Integer.parseInt(note.lines().skip(1).findFirst().orElseThrow());
                // A state whose answer was lost may be ahead of what was seen, never behind.
                assertThat(kept)
                        .as("seed %d, round %d", SEED, round)
                        .isGreaterThanOrEqualTo(newest());
                log = (note.startsWith(text(honest, kept)) ? honest : forked).twin(kept);
                assertThat(note).startsWith(log.text(kept));
                assertOneHistory(log);
            }
            assertThat(cosigned).hasSizeGreaterThan(ROUNDS);
        }
    }

    private int newest() {
        return cosigned.keySet().stream().max(Integer::compare).orElse(0);
    }

    /// Every text that was ever cosigned lies on the history that the witness keeps.
    private void assertOneHistory(TestLog log) {
        Map<Integer, String> expected = new HashMap<>();
        cosigned.keySet().forEach(size -> expected.put(size, text(log, size)));
        assertThat(cosigned).isEqualTo(expected);
    }

    private static String text(TestLog log, int size) {
        return size <= log.size() ? log.text(size) : "no such size";
    }

    /// Grows a history and submits it until the witness is gone.
    private void feed(WitnessProcess witness, TestLog log, String history, Semaphore answers) {
        int old = 0;
        try {
            while (true) {
                int size = Math.max(old, log.size()) + 1;
                log.grow(size, history);
                HttpResponse<String> answer = witness.submit(log.submission(old, size));
                if (answer.statusCode() == 200) {
                    String before = cosigned.put(size, log.text(size));
                    assertThat(before).as("two roots of %d", size).isNull();
                    Cosigner.check(answer.body(), log.text(size), witness.vkey());
                    old = size;
                } else if (answer.statusCode() == 409) {
                    old = Integer.parseInt(answer.body().strip());
                    log.grow(old, history);
                } else {
                    assertThat(answer.statusCode()).isEqualTo(422);
                }
                answers.release();
            }
        } catch (IOException gone) {
            answers.release(1_000);
        } catch (Exception | AssertionError bug) {
            bugs.add(bug);
            answers.release(1_000);
        }
    }
}
