package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.verifier.Outcome.Broken;
import dev.soma.verifier.Outcome.Verified;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A log against what a witness cosigned of it.
class WitnessedTests {
    private static final long SEED = 4_2026;
    private static final int COUNT = 23;
    private static final int SEEN = 15;
    private static final long TIME = 1_780_000_000L;

    @TempDir Path folder = Path.of("");

    private final KeyPair witness = keyPair();
    private final CosignerKey witnessKey =
            CosignerKey.of("witness.example/w1", witness.getPublic());
    private final List<byte[]> entries = new ArrayList<>(LogWriter.entries(SEED, COUNT));
    private LogWriter log = new LogWriter(folder);

    @BeforeEach
    void writeLog() {
        log = new LogWriter(folder);
        log.write(entries, 10);
        log.put(Witnessed.FILE, cosigned(SEEN, TIME, witness));
    }

    private static KeyPair keyPair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The checkpoint of the first entries with a cosignature, as C2SP writes it down.
    private byte[] cosigned(int size, long time, KeyPair by) {
        try {
            byte[] root = Rfc6962.root(LogWriter.leaves(entries.subList(0, size)));
            String note = log.signer.checkpoint(size, root);
            String text = note.substring(0, note.indexOf("\n\n") + 1);
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(by.getPrivate());
            signature.update(("cosignature/v1\ntime " + time + "\n" + text).getBytes(UTF_8));
            byte[] line =
                    ByteBuffer.allocate(76)
                            .putInt(witnessKey.id())
                            .putLong(time)
                            .put(signature.sign())
                            .array();
            return (note
                            + "\u2014 witness.example/w1 "
                            + Base64.getEncoder().encodeToString(line)
                            + "\n")
                    .getBytes(UTF_8);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Outcome verify(Path... notes) throws Exception {
        List<Path> given =
                notes.length == 0 ? List.of(folder.resolve(Witnessed.FILE)) : List.of(notes);
        return LogVerifier.verify(
                folder, log.signer.key(), 0, Optional.of(new Witnessed(witnessKey, given)));
    }

    private void assertBroken(String reason, Path... notes) throws Exception {
        assertThat(verify(notes))
                .isInstanceOfSatisfying(
                        Broken.class, broken -> assertThat(broken.reason()).contains(reason));
    }

    @Test
    void aLogThatGrewSinceIsVerified() throws Exception {
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Verified.class,
                        verified -> assertThat(verified.witnessed()).hasValue(SEEN));
        for (int size = 0; size <= COUNT; size++) {
            log.put(Witnessed.FILE, cosigned(size, TIME, witness));
            assertThat(verify()).as("size %d", size).isInstanceOf(Verified.class);
        }
    }

    @Test
    void aHistoryRewrittenUnderTheLogsOwnKeyIsFound() throws Exception {
        Files.delete(folder.resolve(LogWriter.segmentName(0)));
        List<byte[]> other = new ArrayList<>(LogWriter.entries(SEED + 1, COUNT));
        log.write(other, 10);
        assertThat(log.verify()).isInstanceOf(Verified.class);
        assertBroken("the history was rewritten");
    }

    @Test
    void aLogCutBackUnderItsOwnKeyIsFound() throws Exception {
        Files.delete(folder.resolve(LogWriter.segmentName(10)));
        Files.delete(folder.resolve(LogWriter.segmentName(20)));
        log.write(entries.subList(0, SEEN - 1), 10);
        assertThat(log.verify()).isInstanceOf(Verified.class);
        assertBroken("was cut back");
    }

    @Test
    void whatTheWitnessKeptIsHeldAgainstTheLogToo() throws Exception {
        Path kept = folder.resolveSibling(folder.getFileName() + ".note");
        Files.write(kept, cosigned(COUNT, TIME + 1, witness));
        assertThat(verify(folder.resolve(Witnessed.FILE), kept))
                .isInstanceOfSatisfying(
                        Verified.class,
                        verified -> assertThat(verified.witnessed()).hasValue(COUNT));
        log.write(entries.subList(0, SEEN), 10);
        Files.delete(folder.resolve(LogWriter.segmentName(20)));
        assertThat(verify()).isInstanceOf(Verified.class);
        assertBroken("was cut back", folder.resolve(Witnessed.FILE), kept);
        Files.delete(kept);
    }

    @Test
    void aNoteWithoutTheWitnessIsRefused() throws Exception {
        log.put(Witnessed.FILE, cosigned(SEEN, TIME, keyPair()));
        assertBroken("does not hold");
        log.put(Witnessed.FILE, log.get("checkpoint"));
        assertBroken("carries no cosignature");
        Files.delete(folder.resolve(Witnessed.FILE));
        assertBroken("no cosigned checkpoint");
    }

    @Test
    void noBitOfTheCosignedTextOrOfTheTimeMayChange() throws Exception {
        byte[] note = cosigned(SEEN, TIME, witness);
        int text = new String(note, UTF_8).indexOf("\n\n") + 1;
        Random random = new Random(SEED);
        for (int at = 0; at < text; at++) {
            byte[] changed = note.clone();
            changed[at] ^= (byte) (1 << random.nextInt(8));
            log.put(Witnessed.FILE, changed);
            assertThat(verify()).as("byte %d, seed %d", at, SEED).isInstanceOf(Broken.class);
        }
    }

    /// The key of a public witness, which another implementation made.
    @Test
    void aForeignWitnessKeyIsRead() {
        String vkey = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
        CosignerKey key = CosignerKey.parse(vkey + "\n");
        assertThat(key).hasToString("remora.n621.de+da77ade7");
        assertThat(key.vkey()).isEqualTo(vkey);
        for (String other :
                List.of(
                        vkey.replace("+da77ade7", "+da77ade6"),
                        vkey.replace("remora", "remore"),
                        vkey.replace("+BOvN", "+BOvM"),
                        vkey.replace("+BOvN", "+AevN"),
                        log.signer.vkey(),
                        "")) {
            assertThatThrownBy(() -> CosignerKey.parse(other))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> CosignerKey.of("a+b", witness.getPublic()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theCommandLineTakesTheWitnessKey() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, UTF_8);
        String[] words = {
            "--key", log.signer.vkey(), folder.toString(), "--witness-key", witnessKey.vkey()
        };
        assertThat(Verify.run(words, print, print)).isZero();
        assertThat(out.toString(UTF_8)).contains("witnessed " + SEEN);
        log.put(Witnessed.FILE, log.get("checkpoint"));
        assertThat(Verify.run(words, print, print)).isEqualTo(1);
        words[4] = log.signer.vkey();
        assertThat(Verify.run(words, print, print)).isEqualTo(2);
    }
}
