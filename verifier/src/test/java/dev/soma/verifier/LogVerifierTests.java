package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.verifier.Outcome.Broken;
import dev.soma.verifier.Outcome.Verified;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogVerifierTests {
    private static final long SEED = 42_6962;
    private static final int COUNT = 23;
    private static final int PER_SEGMENT = 10;
    private static final String LAST_SEGMENT = LogWriter.segmentName(20);

    @TempDir Path folder = Path.of("");

    private LogWriter log = new LogWriter(folder);
    private final List<byte[]> entries = new ArrayList<>(LogWriter.entries(SEED, COUNT));

    @BeforeEach
    void writeLog() {
        log = new LogWriter(folder);
        log.write(entries, PER_SEGMENT);
    }

    @Test
    void verifiesWhatTheWriterSigned() {
        assertThat(log.verify())
                .isInstanceOfSatisfying(
                        Verified.class,
                        verified -> {
                            assertThat(verified.size()).isEqualTo(COUNT);
                            assertThat(verified.unsigned()).isZero();
                            assertThat(verified.hashFileAgrees()).isTrue();
                            assertThat(verified.counts().values().stream().mapToLong(n -> n).sum())
                                    .isEqualTo(COUNT);
                            assertThat(verified.counts()).containsEntry("start", 1L);
                        });
    }

    @Test
    void verifiesLogsOfEverySize() throws IOException {
        for (int size = 0; size <= 70; size++) {
            LogWriter other = new LogWriter(Files.createDirectory(folder.resolve("size-" + size)));
            Files.createDirectory(other.folder.resolve("segments"));
            other.write(LogWriter.entries(SEED + size, 70).subList(0, size), 7);
            assertThat(other.verify())
                    .as("size %d, seed %d", size, SEED + size)
                    .isInstanceOf(Verified.class);
        }
    }

    @Test
    void namesTheEntryOfEveryFlippedByte() {
        Random random = new Random(SEED);
        LogWriter small = new LogWriter(folder.resolve("small"));
        List<byte[]> few = entries.subList(0, 8);
        small.write(few, 3);
        for (int entry = 0, at = 0; entry < few.size(); entry++) {
            String name = LogWriter.segmentName(entry - entry % 3);
            byte[] segment = small.get(name);
            at = entry % 3 == 0 ? 0 : at;
            for (int end = at + 8 + few.get(entry).length; at < end; at++) {
                byte[] changed = segment.clone();
                changed[at] ^= (byte) (1 << random.nextInt(8));
                small.put(name, changed);
                assertBroken(small.verify(), entry, "");
            }
            small.put(name, segment);
        }
        assertThat(small.verify()).isInstanceOf(Verified.class);
    }

    @Test
    void namesAChangedEntryWithRepairedChecksum() {
        Random random = new Random(SEED);
        for (int entry = 0; entry < COUNT; entry++) {
            List<byte[]> changed = new ArrayList<>(entries);
            byte[] bytes = changed.get(entry).clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            changed.set(entry, bytes);
            log.writeSegments(changed, PER_SEGMENT);
            assertBroken(log.verify(), entry, "not the entry that was signed");
        }
    }

    @Test
    void detectsAChangedEntryWithRepairedChecksumAndHashes() {
        for (int entry = 0; entry < COUNT; entry++) {
            List<byte[]> changed = new ArrayList<>(entries);
            String text = new String(changed.get(entry), UTF_8);
            changed.set(entry, text.replace("\"ts_us\":17", "\"ts_us\":16").getBytes(UTF_8));
            log.writeSegments(changed, PER_SEGMENT);
            log.writeHashes(changed);
            assertThat(log.verify())
                    .isInstanceOfSatisfying(
                            Broken.class,
                            broken -> {
                                assertThat(broken.entry()).isEmpty();
                                assertThat(broken.reason())
                                        .contains("not the ones that were signed");
                            });
        }
    }

    @Test
    void namesTheFirstOfTwoSwappedEntries() {
        Collections.swap(entries, 4, 17);
        log.writeSegments(entries, PER_SEGMENT);
        assertBroken(log.verify(), 4, "not the entry that was signed");
    }

    @Test
    void namesADroppedEntry() {
        entries.remove(12);
        log.writeSegments(entries, PER_SEGMENT);
        assertBroken(log.verify(), 12, "not the entry that was signed");
    }

    @Test
    void namesADroppedLastEntry() {
        entries.removeLast();
        log.writeSegments(entries, PER_SEGMENT);
        assertBroken(log.verify(), COUNT - 1, "is missing");
    }

    @Test
    void namesTheSegmentThatIsMissingOrStrange() throws IOException {
        Files.delete(folder.resolve(LogWriter.segmentName(10)));
        assertBroken(log.verify(), 10, "the next segment must be 00000000000000000010.seg");
        log.writeSegments(entries, PER_SEGMENT);
        log.put("segments/notes.txt", new byte[1]);
        assertBroken(log.verify(), COUNT, "notes.txt");
    }

    @Test
    void namesTheEntryAtWhichAFileWasCut() {
        byte[] last = log.get(LAST_SEGMENT);
        int frame = 8 + entries.get(COUNT - 1).length;
        for (int cut = 1; cut < frame; cut++) {
            log.put(LAST_SEGMENT, Arrays.copyOf(last, last.length - cut));
            assertBroken(log.verify(), COUNT - 1, "torn tail");
        }
        log.put(LAST_SEGMENT, Arrays.copyOf(last, last.length - frame));
        assertBroken(log.verify(), COUNT - 1, "is missing");
        log.put(LAST_SEGMENT, last);
        byte[] inner = log.get(LogWriter.segmentName(0));
        log.put(LogWriter.segmentName(0), Arrays.copyOf(inner, inner.length - 1));
        assertBroken(log.verify(), 9, "though another follows");
    }

    @Test
    void reportsEntriesAndATornTailBeyondTheCheckpoint() {
        log.sign(entries.subList(0, COUNT - 2));
        byte[] last = log.get(LAST_SEGMENT);
        log.put(LAST_SEGMENT, Arrays.copyOf(last, last.length - 3));
        assertThat(log.verify())
                .isInstanceOfSatisfying(
                        Verified.class,
                        verified -> {
                            assertThat(verified.size()).isEqualTo(COUNT - 2);
                            assertThat(verified.unsigned()).isEqualTo(1);
                            assertThat(verified.tornBytes())
                                    .isEqualTo(8 + entries.getLast().length - 3);
                        });
    }

    @Test
    void trustsTheSignatureAndNotTheHashFile() throws IOException {
        byte[] hashes = log.get("hashes/0");
        hashes[100] ^= 1;
        log.put("hashes/0", hashes);
        assertThat(log.verify())
                .isInstanceOfSatisfying(
                        Verified.class, found -> assertThat(found.hashFileAgrees()).isFalse());
        Files.delete(folder.resolve("hashes/0"));
        assertThat(log.verify()).isInstanceOf(Verified.class);
    }

    @Test
    void refusesAnotherKeyOfTheSameName() throws IOException {
        Outcome outcome = LogVerifier.verify(folder, new Signer(LogWriter.ORIGIN).key());
        assertUnnamed(outcome, "0 signatures");
    }

    @Test
    void refusesAnotherLogUnderThisOrigin() {
        log.put("origin", "soma/audit/node-2\n".getBytes(UTF_8));
        assertUnnamed(log.verify(), "origin names");
    }

    @Test
    void refusesAForgedCheckpoint() {
        entries.set(3, LogWriter.act(3));
        log.write(entries, PER_SEGMENT);
        String forged = new String(log.get("checkpoint"), UTF_8);
        log.put("checkpoint", forged.replace("\n23\n", "\n22\n").getBytes(UTF_8));
        assertUnnamed(log.verify(), "does not hold");
    }

    @Test
    void refusesARolledBackCheckpointWhenTheSizeIsKnown() {
        log.sign(entries.subList(0, 15));
        assertThat(log.verify(15)).isInstanceOf(Verified.class);
        assertUnnamed(log.verify(16), "rolled back");
    }

    @Test
    void refusesLengthsOutOfBounds() {
        byte[] segment = log.get(LAST_SEGMENT);
        log.put(LAST_SEGMENT, Signer.concat(segment, new byte[8]));
        assertBroken(log.verify(), COUNT, "length is 0");
        byte[] huge = new byte[8 + 65_536];
        huge[1] = 1;
        log.put(LAST_SEGMENT, Signer.concat(segment, huge));
        assertBroken(log.verify(), COUNT, "length is 65536");
    }

    @Test
    void refusesSignedEntriesThatAreNotOfTheFormat() {
        for (Map.Entry<String, String> bad :
                Map.of(
                                "{\"ts_us\":1,\"type\":\"start\",\"v\":2}", "no known kind",
                                "{\"ts_us\":1,\"type\":\"end\",\"v\":1}", "no known kind",
                                "{\"type\":\"start\",\"v\":1}", "no integer ts_us",
                                "{\"ts_us\":-1,\"type\":\"start\",\"v\":1}", "before 1970",
                                "{\"ts_us\":1,\"v\":1,\"type\":\"start\"}", "not in order",
                                "{\"ts_us\":1,\"type\":\"start\",\"v\":1} ", "text follows",
                                "not json", "not canonical JSON")
                        .entrySet()) {
            assertLastEntryBroken(bad.getKey().getBytes(UTF_8), bad.getValue());
        }
    }

    @Test
    void refusesAdmissionsWithoutAnOpenVerdict() {
        List<byte[]> decided = new ArrayList<>();
        decided.add(LogWriter.verdict(0, "allow", 1));
        decided.add(LogWriter.verdict(1, "deny", 1));
        decided.add(LogWriter.act(2));
        decided.add(LogWriter.admission(3, 0, 0, "admitted"));
        entries.clear();
        entries.addAll(decided);
        assertLastEntryBroken(
                LogWriter.admission(4, 0, 0, "admitted"), "has its admission already");
        assertLastEntryBroken(LogWriter.admission(4, 1, 1, "admitted"), "denied");
        assertLastEntryBroken(
                LogWriter.admission(4, 1, 7, "not_admitted"), "no verdict on this decision");
        assertLastEntryBroken(
                LogWriter.admission(4, 2, 2, "admitted"), "no verdict on this decision");
        assertLastEntryBroken(LogWriter.admission(4, 4, 4, "admitted"), "not an earlier one");
        assertLastEntryBroken(
                LogWriter.admission(4, 1, 1, "perhaps"), "neither admitted nor not_admitted");
        assertLastEntryBroken(LogWriter.turn(4, 1, "completed", 9), "not admitted");
        assertLastEntryBroken(LogWriter.turn(4, 4, "completed", 9), "not admitted");
        assertLastEntryBroken(LogWriter.turn(4, 0, "vanished", 9), "how a turn ended");
        assertLastEntryBroken(LogWriter.turn(4, 0, "completed", 2), "how a turn ended");
        entries.add(LogWriter.admission(4, 1, 1, "not_admitted"));
        entries.add(LogWriter.turn(5, 0, "completed", 3));
        LogWriter whole = new LogWriter(folder.resolve("whole"));
        whole.write(entries, PER_SEGMENT);
        assertThat(whole.verify()).isInstanceOf(Verified.class);
    }

    @Test
    void anEvaluationHasAVerdictAndNeverAnAdmission() {
        entries.clear();
        entries.add(LogWriter.evaluation(0, "allow"));
        entries.add(LogWriter.evaluation(1, "deny"));
        entries.add(LogWriter.act(2));
        LogWriter whole = new LogWriter(folder.resolve("evaluated"));
        whole.write(entries, PER_SEGMENT);
        assertThat(whole.verify()).isInstanceOf(Verified.class);
        assertLastEntryBroken(
                LogWriter.admission(3, 0, 0, "admitted"), "no verdict on this decision");
        assertLastEntryBroken(LogWriter.evaluation(3, "perhaps"), "none of allow, deny, review");
    }

    @Test
    void countsVerdictsThatNoAdmissionNames() throws IOException {
        List<byte[]> many = new ArrayList<>();
        for (int i = 0; i < 6000; i += 2) {
            many.add(LogWriter.verdict(i, i % 3 == 0 ? "review" : "allow", i));
            many.add(
                    i < 5000
                            ? LogWriter.admission(i + 1, i, i, "admitted")
                            : LogWriter.verdict(i + 1, "deny", i));
        }
        many.add(LogWriter.admission(6000, 5998, 5998, "admitted"));
        LogWriter large = new LogWriter(Files.createDirectory(folder.resolve("large")));
        large.write(many, 1000);
        assertThat(large.verify())
                .isInstanceOfSatisfying(
                        Verified.class, found -> assertThat(found.unadmitted()).isEqualTo(499));
    }

    private void assertLastEntryBroken(byte[] last, String reason) {
        List<byte[]> extended = new ArrayList<>(entries);
        extended.add(last);
        LogWriter other = new LogWriter(folder.resolve("extended-" + Arrays.hashCode(last)));
        other.write(extended, 1000);
        assertBroken(other.verify(), entries.size(), reason);
    }

    private static void assertBroken(Outcome outcome, long entry, String reason) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Broken.class,
                        broken -> {
                            assertThat(broken.entry())
                                    .as("seed %d: %s", SEED, broken.reason())
                                    .hasValue(entry);
                            assertThat(broken.reason()).contains(reason);
                        });
    }

    private static void assertUnnamed(Outcome outcome, String reason) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Broken.class,
                        broken -> {
                            assertThat(broken.entry()).isEmpty();
                            assertThat(broken.reason()).contains(reason);
                        });
    }
}
