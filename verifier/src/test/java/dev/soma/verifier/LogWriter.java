package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32C;

/// Writes a log's folder as the format page says, whole, from a list of entries.
final class LogWriter {
    static final String ORIGIN = "soma/audit/node-1";
    static final String HASH = "b".repeat(64);

    final Path folder;
    final Signer signer = new Signer(ORIGIN);

    LogWriter(Path folder) {
        this.folder = folder;
    }

    /// Every entry signed, a new segment after each `perSegment` entries.
    void write(List<byte[]> entries, int perSegment) {
        writeSegments(entries, perSegment);
        writeHashes(entries);
        sign(entries);
        put("origin", (ORIGIN + "\n").getBytes(UTF_8));
    }

    void writeSegments(List<byte[]> entries, int perSegment) {
        for (int first = 0; first < entries.size(); first += perSegment) {
            ByteArrayOutputStream segment = new ByteArrayOutputStream();
            entries.subList(first, Math.min(first + perSegment, entries.size()))
                    .forEach(entry -> segment.writeBytes(frame(entry)));
            put(segmentName(first), segment.toByteArray());
        }
    }

    void writeHashes(List<byte[]> entries) {
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        leaves(entries).forEach(hashes::writeBytes);
        put("hashes/0", hashes.toByteArray());
    }

    void sign(List<byte[]> entries) {
        put(
                "checkpoint",
                signer.checkpoint(entries.size(), Rfc6962.root(leaves(entries))).getBytes(UTF_8));
    }

    Outcome verify() {
        return verify(0);
    }

    Outcome verify(long leastSize) {
        try {
            return LogVerifier.verify(folder, signer.key(), leastSize);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] get(String name) {
        try {
            return Files.readAllBytes(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void put(String name, byte[] bytes) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            // A file written over is flushed to the disk by some file systems; a new one is not.
            Files.deleteIfExists(file);
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String segmentName(int first) {
        return "segments/%020d.seg".formatted(first);
    }

    static List<byte[]> leaves(List<byte[]> entries) {
        return entries.stream().map(Rfc6962::leaf).toList();
    }

    static byte[] frame(byte[] entry) {
        CRC32C crc = new CRC32C();
        crc.update(entry);
        return ByteBuffer.allocate(8 + entry.length)
                .putInt(entry.length)
                .putInt((int) crc.getValue())
                .put(entry)
                .array();
    }

    /// A start and then turns: a verdict, at times an act or a transition, and the admission of
    /// what was not denied.
    static List<byte[]> entries(long seed, int count) {
        Random random = new Random(seed);
        List<byte[]> entries = new ArrayList<>();
        entries.add(start(0));
        while (entries.size() < count) {
            int index = entries.size();
            String verdict = List.of("allow", "allow", "deny", "review").get(random.nextInt(4));
            entries.add(verdict(index, verdict, random.nextInt(1_000_000)));
            if (random.nextInt(5) == 0 && entries.size() < count) {
                entries.add(
                        random.nextBoolean() ? act(entries.size()) : constitution(entries.size()));
            }
            if (entries.size() < count && random.nextInt(8) != 0) {
                String outcome = verdict.equals("allow") ? "admitted" : "not_admitted";
                entries.add(admission(entries.size(), index, index, outcome));
            }
        }
        return entries;
    }

    static byte[] start(int index) {
        return """
                {"node":"node-1","truncated_bytes":0,"ts_us":%d,"type":"start","v":1}"""
                .formatted(time(index))
                .getBytes(UTF_8);
    }

    static byte[] verdict(int index, String verdict, int score) {
        return """
                {"action":"turn.admit","actor":"c-7f","constitution_hash":"%s","decision_id":"d-%d",\
                "epoch":3,"input_digest":"%s","obligations":["redact"],"policy_version":12,\
                "request_id":"r-%d","resource":"capsule/grüße €😀","score_micro":%d,\
                "severity":"low","tenant":"acme","ts_us":%d,"type":"verdict","v":1,"verdict":"%s",\
                "violations":[{"article":"2","end":9,"rule":"r\\n1","start":-1,"weight_micro":7}]}"""
                .formatted(HASH, index, HASH, index, score, time(index), verdict)
                .getBytes(UTF_8);
    }

    static byte[] evaluation(int index, String verdict) {
        return new String(verdict(index, verdict, 1), UTF_8)
                .replace("\"type\":\"verdict\"", "\"type\":\"evaluation\"")
                .getBytes(UTF_8);
    }

    static byte[] admission(int index, int verdictIndex, int decision, String outcome) {
        return """
                {"decision_id":"d-%d","outcome":"%s","ts_us":%d,"turn_id":"t-%d","type":"admission",\
                "v":1,"verdict_index":%d}"""
                .formatted(decision, outcome, time(index), index, verdictIndex)
                .getBytes(UTF_8);
    }

    static byte[] turn(int index, int verdictIndex, String state, long last) {
        return """
                {"decision_id":"d-%d","first_seq":3,"journal_sha256":"%s","last_seq":%d,"reason":"stop",\
                "state":"%s","tenant":"acme","ts_us":%d,"turn_id":"t-1","type":"turn","v":1,"verdict_index":%d}"""
                .formatted(verdictIndex, "ab".repeat(32), last, state, time(index), verdictIndex)
                .getBytes(UTF_8);
    }

    static byte[] act(int index) {
        return """
                {"action":"key.rotate","actor":"c-1","decision_id":"a-%d","request_id":"r",\
                "resource":"key/1","tenant":"acme","ts_us":%d,"type":"act","v":1,"verdict":"allow"}"""
                .formatted(index, time(index))
                .getBytes(UTF_8);
    }

    static byte[] constitution(int index) {
        return """
                {"algorithm":"Ed25519","epoch":4,"hash":"%s","reason":"","signers":["s1","s2"],\
                "transition":"activate","ts_us":%d,"type":"constitution","v":1,"version":"1.1"}"""
                .formatted(HASH, time(index))
                .getBytes(UTF_8);
    }

    private static long time(int index) {
        return 1_780_000_000_000_000L + index * 137L;
    }
}
