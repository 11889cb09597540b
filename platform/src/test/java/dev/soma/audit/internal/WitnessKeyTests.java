package dev.soma.audit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.soma.verifier.CosignerKey;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The platform and the auditor's verifier, which share no code, take the same witness keys.
class WitnessKeyTests {
    private static boolean platformTakes(String vkey) {
        return catchThrowable(() -> WitnessKey.parse(vkey)) == null;
    }

    private static boolean auditorTakes(String vkey) {
        return catchThrowable(() -> CosignerKey.parse(vkey)) == null;
    }

    @Test
    void bothTakeTheSameKeys() throws Exception {
        long seed = Long.getLong("soma.witness.seed", System.nanoTime());
        System.out.println("witness keys: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        String good =
                CosignerKey.of(
                                "witness.example/w1",
                                KeyPairGenerator.getInstance("Ed25519")
                                        .generateKeyPair()
                                        .getPublic())
                        .vkey();
        List<String> lines =
                new ArrayList<>(
                        List.of(
                                good,
                                " " + good + "\n",
                                good.replace("=", ""),
                                good + "=",
                                good + "\r\nmore",
                                good.toUpperCase(java.util.Locale.ROOT),
                                good.replace("witness", "wit ness"),
                                good.replace("witness", ""),
                                good.replace('+', ' '),
                                ""));
        for (int i = 0; i < 2_000; i++) {
            StringBuilder changed = new StringBuilder(good);
            int at = random.nextInt(changed.length());
            switch (random.nextInt(3)) {
                case 0 -> changed.deleteCharAt(at);
                case 1 -> changed.insert(at, (char) random.nextInt(32, 127));
                default -> changed.setCharAt(at, (char) random.nextInt(32, 127));
            }
            lines.add(changed.toString());
        }
        assertThat(platformTakes(good)).isTrue();
        for (String line : lines) {
            assertThat(platformTakes(line))
                    .as("'%s', seed %d", line, seed)
                    .isEqualTo(auditorTakes(line));
        }
    }
}
