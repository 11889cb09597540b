package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckpointTests {
    private static final String ORIGIN = LogWriter.ORIGIN;
    private static final String ROOT = Base64.getEncoder().encodeToString(new byte[32]);
    private static final String TEXT = ORIGIN + "\n9\n" + ROOT + "\n";

    private final Signer signer = new Signer(ORIGIN);

    /// Key and note are the example of the C2SP signed-note page.
    @Test
    void verifiesTheExampleOfTheSpecification() {
        VerifierKey key =
                VerifierKey.parse(
                        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
        byte[] signature =
                Base64.getDecoder()
                        .decode(
                                "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=");
        byte[] bare = Arrays.copyOfRange(signature, 4, signature.length);
        assertThat(key.verifies("This is an example message.\n".getBytes(UTF_8), bare)).isTrue();
        assertThat(key.verifies("This is an example message,\n".getBytes(UTF_8), bare)).isFalse();
    }

    @Test
    void opensANoteOfItsKeyAmongOthers() throws Fault {
        String others =
                new Signer(ORIGIN).signatureLine(TEXT) + new Signer("witness").signatureLine(TEXT);
        Checkpoint checkpoint = open(signer.note(TEXT) + others);
        assertThat(checkpoint).isEqualTo(new Checkpoint(ORIGIN, 9, ROOT));
    }

    @Test
    void refusesEveryFlippedByteOfANote() {
        byte[] note = signer.note(TEXT).getBytes(UTF_8);
        for (int i = 0; i < note.length; i++) {
            byte[] changed = note.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> Checkpoint.open(changed, signer.key()))
                    .as("byte %d", i)
                    .isInstanceOf(Fault.class);
        }
    }

    @Test
    void refusesTwoSignaturesOfItsKey() {
        assertThatThrownBy(() -> open(signer.note(TEXT) + signer.signatureLine(TEXT)))
                .hasMessageContaining("2 signatures");
    }

    @Test
    void refusesSignedTextsThatAreNoCheckpointOfThisLog() {
        for (String text :
                List.of(
                        "soma/audit/other\n9\n" + ROOT + "\n",
                        ORIGIN + "\n09\n" + ROOT + "\n",
                        ORIGIN + "\n-9\n" + ROOT + "\n",
                        ORIGIN + "\n9999999999999999999\n" + ROOT + "\n",
                        ORIGIN + "\n9\n" + ROOT.replace("=", "") + "\n",
                        ORIGIN + "\n9\n" + ROOT.replace("A=", "B=") + "\n",
                        ORIGIN + "\n9\n" + ROOT + "\nmore\n",
                        ORIGIN + "\n9\n")) {
            assertThatThrownBy(() -> open(signer.note(text))).as(text).isInstanceOf(Fault.class);
        }
    }

    @Test
    void refusesKeysThatAreNotWhatTheySay() {
        String vkey = signer.vkey();
        for (String wrong :
                List.of(
                        "",
                        "name",
                        "other" + vkey,
                        vkey.replaceFirst("\\+.", "+g"),
                        vkey.replaceFirst("\\+[0-9a-f]{8}\\+", "+00000000+"),
                        vkey.substring(0, vkey.length() - 4),
                        vkey.replaceFirst("\\+A", "+B"))) {
            assertThatThrownBy(() -> VerifierKey.parse(wrong))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private Checkpoint open(String note) throws Fault {
        return Checkpoint.open(note.getBytes(UTF_8), signer.key());
    }
}
