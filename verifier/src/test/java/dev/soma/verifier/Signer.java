package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/// A node's signing key, and the notes it signs.
final class Signer {
    private final String name;
    private final KeyPair pair;
    private final VerifierKey key;

    Signer(String name) {
        try {
            this.name = name;
            this.pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            this.key = VerifierKey.parse(vkey());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    VerifierKey key() {
        return key;
    }

    String vkey() {
        return name
                + "+"
                + HexFormat.of().formatHex(keyId())
                + "+"
                + Base64.getEncoder().encodeToString(concat(new byte[] {1}, publicKey()));
    }

    /// The signed note over a text that ends in a newline.
    String note(String text) {
        return text + "\n" + signatureLine(text);
    }

    String signatureLine(String text) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(text.getBytes(UTF_8));
            return "— "
                    + name
                    + " "
                    + Base64.getEncoder().encodeToString(concat(keyId(), signature.sign()))
                    + "\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    String checkpoint(long size, byte[] root) {
        return note(name + "\n" + size + "\n" + Base64.getEncoder().encodeToString(root) + "\n");
    }

    private byte[] publicKey() {
        byte[] spki = pair.getPublic().getEncoded();
        return Arrays.copyOfRange(spki, spki.length - 32, spki.length);
    }

    private byte[] keyId() {
        try {
            byte[] named =
                    concat((name + "\n").getBytes(UTF_8), concat(new byte[] {1}, publicKey()));
            return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(named), 4);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] concat(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }
}
