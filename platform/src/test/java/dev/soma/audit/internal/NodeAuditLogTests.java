package dev.soma.audit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Sealer;
import dev.soma.verifier.LogVerifier;
import dev.soma.verifier.Outcome;
import dev.soma.verifier.Proofs;
import dev.soma.verifier.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log against the auditor's verifier, which shares no code with it.
class NodeAuditLogTests {
    private static final String ORIGIN = "soma/audit/test-node";

    @TempDir Path folder;

    private static final class PlainSealer implements Sealer {
        @Override
        public byte[] seal(byte[] secret, String context) {
            return secret.clone();
        }

        @Override
        public byte[] open(byte[] sealed, String context) {
            return sealed.clone();
        }
    }

    private NodeAuditLog open(long segmentBytes) throws IOException {
        CheckpointKey key =
                CheckpointKey.loadOrCreate(folder, ORIGIN, new PlainSealer(), new SecureRandom());
        return new NodeAuditLog(
                folder.resolve("audit"),
                ORIGIN,
                new AuditSettings(4_096, 1_024, segmentBytes, 100, "", "", 1_000, 5_000),
                key,
                InstantSource.system(),
                new SimpleMeterRegistry());
    }

    private Outcome verify() throws Exception {
        return LogVerifier.verify(
                folder.resolve("audit"),
                VerifierKey.parse(Files.readString(folder.resolve("audit.vkey")).strip()));
    }

    private static JsonObject act(int n) {
        return JsonValue.object()
                .put("decision_id", new UUID(0, n).toString())
                .put("resource", "r".repeat(n % 50))
                .build();
    }

    private void write(NodeAuditLog log, int entries) {
        List<CompletableFuture<Long>> waiting = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            waiting.add(log.append("act", act(i)));
        }
        waiting.forEach(CompletableFuture::join);
    }

    @Test
    void writesWhatTheAuditorVerifies() throws Exception {
        NodeAuditLog log = open(2_000);
        // A file is changed between commits only, and how many entries share one is up to time.
        for (int commit = 0; commit < 10; commit++) {
            write(log, 70);
        }
        log.close();

        assertThat(verify()).isInstanceOf(Outcome.Verified.class);
        try (Stream<Path> segments = Files.list(folder.resolve("audit/segments"))) {
            assertThat(segments.count()).isGreaterThan(5);
        }
    }

    @Test
    void goesOnAfterARestart() throws Exception {
        NodeAuditLog first = open(1 << 20);
        write(first, 10);
        first.close();
        NodeAuditLog second = open(1 << 20);
        write(second, 10);
        assertThat(second.size()).isEqualTo(22);
        second.close();

        assertThat(verify()).isInstanceOf(Outcome.Verified.class);
    }

    @Test
    void provesEveryEntryAtEverySize() throws Exception {
        NodeAuditLog log = open(1 << 20);
        write(log, 300);
        String note = log.checkpoint();
        long size = log.size();
        String root = note.lines().skip(2).findFirst().orElseThrow();
        byte[] rootHash = Base64.getDecoder().decode(root);
        for (long i = 0; i < size; i += 7) {
            var proof = log.inclusion(i, size);
            byte[] entry = log.read(i, 1).getFirst().bytes();
            byte[] other = Proofs.leafHash(new byte[] {1});
            assertThat(Proofs.leafHash(entry)).isEqualTo(proof.leafHash());
            assertThat(Proofs.isIncluded(proof.leafHash(), i, size, proof.proof(), rootHash))
                    .isTrue();
            assertThat(Proofs.isIncluded(other, i, size, proof.proof(), rootHash)).isFalse();
        }
        log.close();
    }

    @Test
    void cutsATornTailAndSaysSo() throws Exception {
        NodeAuditLog log = open(1 << 20);
        write(log, 5);
        log.close();
        Path segment = folder.resolve("audit/segments/%020d.seg".formatted(0));
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.seek(file.length());
            file.write(new byte[] {0, 0, 1, 0, 9, 9});
        }
        NodeAuditLog again = open(1 << 20);
        String start = new String(again.read(6, 1).getFirst().bytes(), StandardCharsets.UTF_8);
        again.close();

        assertThat(start).contains("\"truncated_bytes\":6");
        assertThat(verify()).isInstanceOf(Outcome.Verified.class);
    }

    @Test
    void refusesToStartOverChangedEvidence() throws Exception {
        NodeAuditLog log = open(1 << 20);
        write(log, 50);
        log.close();
        Path segment = folder.resolve("audit/segments/%020d.seg".formatted(0));
        byte[] bytes = Files.readAllBytes(segment);
        long seed = System.nanoTime();
        bytes[new Random(seed).nextInt(bytes.length / 2)] ^= 1;
        Files.write(segment, bytes);

        assertThatThrownBy(() -> open(1 << 20)).as("seed %d", seed).isInstanceOf(IOException.class);
        assertThat(verify()).isInstanceOf(Outcome.Broken.class);
    }

    @Test
    void refusesToStartWhenSignedEntriesAreGone() throws Exception {
        NodeAuditLog log = open(1 << 20);
        write(log, 50);
        log.close();
        Path segment = folder.resolve("audit/segments/%020d.seg".formatted(0));
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }

        assertThatThrownBy(() -> open(1 << 20)).isInstanceOf(IOException.class);
    }

    @Test
    void belongsToOneProcess() throws Exception {
        NodeAuditLog log = open(1 << 20);

        assertThatThrownBy(() -> open(1 << 20)).isInstanceOf(Exception.class);
        log.close();
    }
}
