package dev.soma.audit.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Sealer;
import dev.soma.verifier.LogVerifier;
import dev.soma.verifier.Outcome;
import dev.soma.verifier.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Not part of the test run, since figures are not assertions: `./soma test AuditLogBench` prints
/// how
/// many durable entries a second the log takes, with the disk's own figure beside it, and what a
/// proof costs in a log of a million entries. It needs 1 GB of disk for a minute.
class AuditLogBench {
    private static final String ORIGIN = "soma/audit/bench";
    private static final int ENTRIES = 1_000_000;
    private static final int PROOFS = 20_000;
    private static final int FSYNCS = 1_000;

    @TempDir Path folder;

    /// Checkpoint keys of a bench guard nothing.
    private static final class Plain implements Sealer {
        @Override
        public byte[] seal(byte[] secret, String context) {
            return secret.clone();
        }

        @Override
        public byte[] open(byte[] sealed, String context) {
            return sealed.clone();
        }
    }

    private static JsonObject entry(int n) {
        return JsonValue.object()
                .put("decision_id", "00000000-0000-7000-8000-%012d".formatted(n))
                .put("resource", "r".repeat(460))
                .put("tenant", "bench")
                .build();
    }

    @Test
    void whatTheLogTakesAndWhatAProofCosts() throws Exception {
        System.out.println(disk());
        CheckpointKey key =
                CheckpointKey.loadOrCreate(folder, ORIGIN, new Plain(), new SecureRandom());
        NodeAuditLog log =
                new NodeAuditLog(
                        folder.resolve("audit"),
                        ORIGIN,
                        new AuditSettings(4_096, 1_024, 67_108_864, 100, "", "", 1_000, 5_000),
                        key,
                        InstantSource.system(),
                        new SimpleMeterRegistry());
        append(log, 0, 50_000, 256);
        System.out.println(append(log, 50_000, 100_000, 64));
        System.out.println(append(log, 100_000, 200_000, 256));
        System.out.println(append(log, 200_000, ENTRIES, 1_024));
        System.out.println(proofs(log));
        log.close();
        long start = System.nanoTime();
        Outcome outcome =
                LogVerifier.verify(
                        folder.resolve("audit"),
                        VerifierKey.parse(Files.readString(folder.resolve("audit.vkey")).strip()));
        System.out.printf(
                "verified %,d entries in %.1f s%n", ENTRIES, (System.nanoTime() - start) / 1e9);
        assertThat(outcome).isInstanceOf(Outcome.Verified.class);
    }

    private String disk() throws Exception {
        long[] nanos = new long[FSYNCS];
        byte[] bytes = new byte[600];
        try (FileChannel file =
                FileChannel.open(
                        folder.resolve("bare"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND)) {
            for (int i = 0; i < FSYNCS; i++) {
                long start = System.nanoTime();
                file.write(ByteBuffer.wrap(bytes));
                file.force(false);
                nanos[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        return "bare append + fdatasync of 600 bytes: p50 %.0f us, p99 %.0f us"
                .formatted(nanos[FSYNCS / 2] / 1e3, nanos[FSYNCS * 99 / 100] / 1e3);
    }

    private static String append(NodeAuditLog log, int from, int to, int inFlight) {
        Deque<CompletableFuture<Long>> waiting = new ArrayDeque<>();
        long start = System.nanoTime();
        for (int i = from; i < to; i++) {
            if (waiting.size() == inFlight) {
                waiting.removeFirst().join();
            }
            waiting.add(log.append("act", entry(i)));
        }
        waiting.forEach(CompletableFuture::join);
        double seconds = (System.nanoTime() - start) / 1e9;
        return "%,d durable entries with %d in flight: %,.0f a second"
                .formatted(to - from, inFlight, (to - from) / seconds);
    }

    private static String proofs(NodeAuditLog log) {
        Random random = new Random(20261126);
        List<Long> nanos = new ArrayList<>();
        long hashes = 0;
        for (int i = 0; i < PROOFS; i++) {
            long index = random.nextLong(log.size());
            long start = System.nanoTime();
            hashes += log.inclusion(index, log.size()).proof().size();
            nanos.add(System.nanoTime() - start);
        }
        nanos.sort(null);
        return "inclusion proof in %,d entries: p50 %.0f us, p99 %.0f us, max %.0f us (%d hashes)"
                .formatted(
                        log.size(),
                        nanos.get(PROOFS / 2) / 1e3,
                        nanos.get(PROOFS * 99 / 100) / 1e3,
                        nanos.getLast() / 1e3,
                        hashes / PROOFS);
    }
}
