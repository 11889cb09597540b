package dev.soma.witness;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/// Checks cosignatures as C2SP tlog-cosignature writes them down, with the JDK alone.
final class Cosigner {
    private Cosigner() {}

    /// The line is a cosignature/v1 of the text by the key.
    ///
    /// @return its time
    static long check(String line, String text, String vkey) throws Exception {
        String[] key = vkey.strip().split("\\+", 3);
        byte[] typed = Base64.getDecoder().decode(key[2]);
        assertThat(typed).hasSize(33).startsWith(0x04);
        byte[] id = Arrays.copyOf(TestLog.sha256((key[0] + "\n").getBytes(UTF_8), typed), 4);
        assertThat(HexFormat.of().formatHex(id)).isEqualTo(key[1]);

        assertThat(line).startsWith("\u2014 " + key[0] + " ").endsWith("\n");
        byte[] signed = Base64.getDecoder().decode(line.strip().split(" ")[2]);
        assertThat(signed).hasSize(4 + 8 + 64).startsWith(id);
        long time = ByteBuffer.wrap(signed, 4, 8).getLong();
        byte[] spki =
                TestLog.concat(
                        HexFormat.of().parseHex("302a300506032b6570032100"),
                        Arrays.copyOfRange(typed, 1, 33));
        Signature ed25519 = Signature.getInstance("Ed25519");
        ed25519.initVerify(
                KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki)));
        ed25519.update(("cosignature/v1\ntime " + time + "\n" + text).getBytes(UTF_8));
        assertThat(ed25519.verify(Arrays.copyOfRange(signed, 12, 76))).isTrue();
        return time;
    }
}
