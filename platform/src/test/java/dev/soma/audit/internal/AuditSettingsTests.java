package dev.soma.audit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AuditSettingsTests {
    private static final String URL = "http://127.0.0.1:8080";

    /// The key of a public witness, which another implementation made.
    private static final String KEY =
            "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";

    private static AuditSettings with(String url, String key) {
        return new AuditSettings(4_096, 1_024, 1 << 20, 100, url, key, 1_000, 5_000);
    }

    private static void assertRefused(String url, String key, String reason) {
        assertThatThrownBy(() -> with(url, key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aWitnessHasAddressAndKey() {
        assertThat(with("", "").hasWitness()).isFalse();
        assertThat(with(URL, KEY).hasWitness()).isTrue();
        assertThat(WitnessKey.parse(KEY + "\n")).hasToString("remora.n621.de+da77ade7");
        assertRefused(URL, "", "given together");
        assertRefused("", KEY, "given together");
    }

    @Test
    void whatIsNoAddressOrNoWitnessKeyStopsTheStart() {
        assertRefused("ftp://witness.example", KEY, "http://");
        assertRefused("http:/nowhere", KEY, "http://");
        assertRefused(URL, KEY.replace("+da77ade7", "+da77ade6"), "not the hash");
        assertRefused(URL, KEY.replace("+BOvN", "+AevN"), "no verifier key of a witness");
        assertRefused(URL, "witness", "no verifier key of a witness");
        assertThatThrownBy(() -> new AuditSettings(1, 1, 1, 1, URL, KEY, 0, 1))
                .hasMessageContaining("at least 1");
    }
}
