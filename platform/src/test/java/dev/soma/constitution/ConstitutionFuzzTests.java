package dev.soma.constitution;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.soma.kernel.json.MalformedJson;
import java.util.Map;

/// Files from outside: a signed document, a ring of keys. Nothing in them is believed, and nothing
/// in them does harm.
class ConstitutionFuzzTests {
    @FuzzTest(maxDuration = "60s")
    void aFileIsReadOrRefusedAndNeverBelieved(byte[] bytes) {
        SignedDocument signed;
        try {
            signed = SignedDocument.parseFile(bytes);
        } catch (MalformedJson refused) {
            return;
        }
        SignedDocument again;
        try {
            again = SignedDocument.parseFile(signed.toFile());
        } catch (MalformedJson e) {
            throw new AssertionError(e);
        }
        assertThat(again.document()).isEqualTo(signed.document());
        assertThat(again.signatures()).isEqualTo(signed.signatures());
        assertThat(Quorum.check(signed, new KeyRing(Map.of()), 1))
                .isInstanceOf(Quorum.Outcome.NotMet.class);
    }

    @FuzzTest(maxDuration = "60s")
    void aRingIsReadOrRefused(byte[] bytes) {
        try {
            assertThat(KeyRing.parse(bytes).keys()).isNotNull();
        } catch (MalformedJson refused) {
            assertThat(refused).hasMessageMatching("(?s).+");
        }
    }
}
