package dev.soma.audit.internal;

import dev.soma.kernel.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/// The verifier key of a witness: C2SP tlog-cosignature v1, type 0x04.
class WitnessKey {
    private static final byte COSIGNATURE_V1 = 4;
    private static final int ID_BYTES = 4;
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}\\p{Z}\\s+]+");
    private static final int KEY_BYTES = 32;
    private static final int SIGNATURE_BYTES = 64;

    /// More lines than a witness with several keys answers.
    private static final int MAX_LINES = 16;

    private final String name;
    private final byte[] id;
    private final Ed25519PublicKeyParameters key;

    private WitnessKey(String name, byte[] id, Ed25519PublicKeyParameters key) {
        this.name = name;
        this.id = id;
        this.key = key;
    }

    /// @throws IllegalArgumentException when the text is no `<name>+<id>+<base64 of 0x04 and key>`
    static WitnessKey parse(String vkey) {
        String[] parts = vkey.strip().split("\\+", 3);
        byte[] typed = parts.length == 3 ? decode(parts[2]) : new byte[0];
        if (typed.length != 1 + KEY_BYTES
                || typed[0] != COSIGNATURE_V1
                || !NAME.matcher(parts[0]).matches()) {
            throw new IllegalArgumentException(
                    "'soma.audit.witness-key' is no verifier key of a witness (<name>+<8 hex digits>+<base64>, type 0x04)");
        }
        byte[] prefix = (parts[0] + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] named = Arrays.copyOf(prefix, prefix.length + typed.length);
        System.arraycopy(typed, 0, named, prefix.length, typed.length);
        byte[] id = Arrays.copyOf(Digest.sha256(named), ID_BYTES);
        if (!HexFormat.of().formatHex(id).equals(parts[1])) {
            throw new IllegalArgumentException(
                    "the id in 'soma.audit.witness-key' is not the hash of its name and key");
        }
        return new WitnessKey(parts[0], id, new Ed25519PublicKeyParameters(typed, 1));
    }

    /// Only the one padded form counts: auditors refuse every other, so the platform does.
    private static byte[] decode(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            return Base64.getEncoder().encodeToString(bytes).equals(base64) ? bytes : new byte[0];
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    /// The line among these that is this witness's cosignature of the text, with its newline.
    ///
    /// @param text a checkpoint's text, up to and including the newline before the blank line
    Optional<String> cosignature(String lines, String text) {
        String start = "\u2014 " + name + " ";
        return lines.lines()
                .limit(MAX_LINES)
                .filter(line -> line.startsWith(start))
                .filter(line -> holds(decode(line.substring(start.length())), text))
                .map(line -> line + "\n")
                .findFirst();
    }

    private boolean holds(byte[] line, String text) {
        if (line.length != ID_BYTES + Long.BYTES + SIGNATURE_BYTES
                || !Arrays.equals(line, 0, ID_BYTES, id, 0, ID_BYTES)) {
            return false;
        }
        long time = ByteBuffer.wrap(line, ID_BYTES, Long.BYTES).getLong();
        byte[] message =
                ("cosignature/v1\ntime " + time + "\n" + text).getBytes(StandardCharsets.UTF_8);
        Ed25519Signer verifier = new Ed25519Signer();
        verifier.init(false, key);
        verifier.update(message, 0, message.length);
        return time >= 0
                && verifier.verifySignature(
                        Arrays.copyOfRange(line, ID_BYTES + Long.BYTES, line.length));
    }

    @Override
    public String toString() {
        return name + "+" + HexFormat.of().formatHex(id);
    }
}
