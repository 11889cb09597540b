package dev.soma.witness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One real witness process for each test.
class WitnessTests {
    private static final String ORIGIN = "soma/audit/node-1";
    private static final long SEED = 20_26_11;

    @TempDir Path folder = Path.of("");

    private final TestLog log = new TestLog(ORIGIN);
    private final TestLog second = new TestLog("soma/audit/node-2");
    private WitnessProcess witness;

    @BeforeEach
    void start() throws Exception {
        witness = WitnessProcess.of(folder, log, second);
    }

    @AfterEach
    void stop() throws Exception {
        witness.close();
    }

    private static void assertSize(HttpResponse<String> answer, int size) {
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/x.tlog.size");
        assertThat(answer.body()).isEqualTo(size + "\n");
    }

    private String cosigned(int old, int size) throws Exception {
        HttpResponse<String> answer = witness.submit(log.grow(size, "a").submission(old, size));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    @Test
    void honestGrowthIsCosigned() throws Exception {
        long before = System.currentTimeMillis() / 1000;
        int old = 0;
        for (int size : new int[] {0, 1, 2, 3, 7, 8, 64, 65, 255, 256, 300}) {
            String line = cosigned(old, size);
            assertThat(Cosigner.check(line, log.text(size), witness.vkey()))
                    .isGreaterThanOrEqualTo(before);
            old = size;
        }
        assertThat(witness.get("/checkpoint/" + ORIGIN).body())
                .startsWith(log.checkpoint(300))
                .contains("\u2014 " + WitnessProcess.NAME + " ");
    }

    @Test
    void theSameCheckpointIsCosignedAgain() throws Exception {
        cosigned(0, 9);
        Cosigner.check(cosigned(9, 9), log.text(9), witness.vkey());
    }

    @Test
    void aRewrittenHistoryIsRefused() throws Exception {
        cosigned(0, 40);
        TestLog rewritten = log.twin().grow(17, "a").grow(60, "b");
        HttpResponse<String> answer = witness.submit(rewritten.submission(40, 60));
        assertThat(answer.statusCode()).isEqualTo(422);
        // Nor with the proof of the honest log, nor with an empty one.
        List<byte[]> honest = log.grow(60, "a").proof(40, 60);
        String note = rewritten.checkpoint(60);
        assertThat(witness.submit(TestLog.submission(40, honest, note)).statusCode())
                .isEqualTo(422);
        assertThat(witness.submit(TestLog.submission(40, List.of(), note)).statusCode())
                .isEqualTo(422);
        cosigned(40, 60);
    }

    @Test
    void aSplitViewIsRefused() throws Exception {
        cosigned(0, 40);
        TestLog other = log.twin().grow(40, "b");
        assertSize(witness.submit(other.submission(40, 40)), 40);
        assertSize(witness.submit(other.submission(0, 40)), 40);
    }

    @Test
    void aSmallerSizeIsRefused() throws Exception {
        cosigned(0, 40);
        assertSize(witness.submit(log.submission(0, 30)), 40);
        assertSize(witness.submit(log.submission(20, 30)), 40);
        assertThat(witness.submit(log.submission(40, 30)).statusCode()).isEqualTo(400);
    }

    @Test
    void anOldSizeThatIsNotTheNewestIsToldTheNewest() throws Exception {
        assertSize(witness.submit(log.grow(50, "a").submission(10, 50)), 0);
        cosigned(0, 40);
        assertSize(witness.submit(log.submission(10, 50)), 40);
        assertThat(witness.submit(log.submission(40, 50)).statusCode()).isEqualTo(200);
    }

    @Test
    void strangersAreRefused() throws Exception {
        TestLog unknown = new TestLog("soma/audit/elsewhere").grow(3, "a");
        assertThat(witness.submit(unknown.submission(0, 3)).statusCode()).isEqualTo(404);
        TestLog impostor = new TestLog(ORIGIN).grow(3, "a");
        assertThat(witness.submit(impostor.submission(0, 3)).statusCode()).isEqualTo(403);
        // A signature by the right key, over another text.
        String note = log.grow(3, "a").checkpoint(3);
        String moved = log.grow(4, "a").text(4) + note.substring(note.indexOf("\n\u2014"));
        assertThat(witness.submit(TestLog.submission(0, List.of(), moved)).statusCode())
                .isEqualTo(403);
        assertThat(witness.get("/checkpoint/soma/audit/elsewhere").statusCode()).isEqualTo(404);
    }

    @Test
    void logsDoNotDisturbEachOther() throws Exception {
        cosigned(0, 40);
        second.grow(5, "c");
        Cosigner.check(
                witness.submit(second.submission(0, 5)).body(), second.text(5), witness.vkey());
        cosigned(40, 41);
    }

    @Test
    void ofManyAtOnceOneWins() throws Exception {
        cosigned(0, 10);
        log.grow(60, "a");
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            byte[] body =
                    i % 2 == 0
                            ? log.submission(10, 11 + i)
                            : log.twin().grow(10, "a").grow(60, "b" + i).submission(10, 11 + i);
            calls.add(() -> witness.submit(body).statusCode());
        }
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> answer : threads.invokeAll(calls)) {
                statuses.add(answer.get());
            }
        }
        assertThat(statuses).containsOnlyOnce(200).containsOnly(200, 409);
    }

    @Test
    void garbageIsMalformedAndNothingElse() throws Exception {
        cosigned(0, 40);
        byte[] good = log.grow(60, "a").submission(40, 60);
        Random random = new Random(SEED);
        for (int i = 0; i < 1_500; i++) {
            byte[] body = i % 3 == 0 ? noise(random) : mutated(good, random);
            if (Arrays.equals(body, good)) {
                continue;
            }
            HttpResponse<String> answer = witness.submit(body);
            // A changed old size, proof, key name or signature has its own answer.
            assertThat(answer.statusCode())
                    .as("seed %d, body %d: %s", SEED, i, new String(body, StandardCharsets.UTF_8))
                    .isIn(400, 403, 404, 409, 422);
        }
        assertThat(witness.submit(new byte[Submission.MAX_BYTES + 1]).statusCode()).isEqualTo(400);
        assertThat(witness.submit(new byte[0]).statusCode()).isEqualTo(400);
        assertThat(witness.get("/add-checkpoint").statusCode()).isEqualTo(405);
        assertThat(witness.submit(good).statusCode()).isEqualTo(200);
    }

    private static byte[] noise(Random random) {
        byte[] body = new byte[random.nextInt(400)];
        random.nextBytes(body);
        return body;
    }

    private static byte[] mutated(byte[] good, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = random.nextInt(good.length);
        out.write(good, 0, at);
        int skipped = random.nextInt(3);
        byte[] inserted = new byte[random.nextInt(3)];
        random.nextBytes(inserted);
        out.writeBytes(inserted);
        int rest = Math.min(good.length, at + skipped);
        // Half of them are cut off there.
        out.write(good, rest, random.nextBoolean() ? good.length - rest : 0);
        return out.toByteArray();
    }

    @Test
    void tooManyProofLinesAreMalformed() throws Exception {
        List<byte[]> proof = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            proof.add(new byte[32]);
        }
        String note = log.grow(3, "a").checkpoint(3);
        assertThat(witness.submit(TestLog.submission(0, proof, note)).statusCode()).isEqualTo(400);
        assertThat(witness.submit(TestLog.submission(0, proof.subList(0, 63), note)).statusCode())
                .isEqualTo(422);
    }

    @Test
    void aLostOrDamagedStateRetiresTheWitness() throws Exception {
        cosigned(0, 40);
        witness.kill();
        Path file = witness.noteFile(ORIGIN);
        byte[] note = Files.readAllBytes(file);
        Random random = new Random(SEED);
        for (int i = 0; i < 3; i++) {
            byte[] damaged = note.clone();
            // The text is under the witness's cosignature, every bit of it.
            damaged[random.nextInt(log.text(40).length())] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            assertRetired(witness.serveToEnd());
        }
        Files.delete(file);
        assertRetired(witness.serveToEnd());
        assertThat(witness.runToEnd("--admit", "--log", folder.resolve("logs.vkeys").toString()))
                .satisfies(ended -> assertThat(ended.status()).isZero());
        assertRetired(witness.serveToEnd());
        Files.write(file, note);
        Files.move(witness.state().resolve("origins"), folder.resolve("origins"));
        assertRetired(witness.serveToEnd());
        Files.move(folder.resolve("origins"), witness.state().resolve("origins"));
        witness.start();
        cosigned(40, 41);
    }

    private static void assertRetired(WitnessProcess.Ended ended) {
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.output()).contains("RETIRED");
    }

    @Test
    void itIsInitialisedOnceAndRunsOnce() throws Exception {
        assertThat(witness.serveToEnd().output()).contains("another witness runs on");
        witness.kill();
        assertThat(witness.runToEnd("--init", "--name", "again").output()).contains("exists");
        assertThat(Files.getPosixFilePermissions(witness.state().resolve("key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(witness.vkey()).startsWith(WitnessProcess.NAME + "+");
        TestLog third = new TestLog("soma/audit/node-3");
        witness.accept(log, third);
        assertThat(witness.serveToEnd().output()).contains("--admit");
    }
}
