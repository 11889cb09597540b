package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/// A C2SP vkey, `<name>+<key id>+<base64(type || public key)>`, of one of the types over Ed25519.
record VKey(String name, int id, PublicKey publicKey) {
    /// Signs the text of a note.
    static final int ED25519 = 0x01;

    /// Signs the text of a checkpoint under a time.
    static final int COSIGNATURE_V1 = 0x04;

    /// SubjectPublicKeyInfo of RFC 8410 up to the 32 bytes of the key.
    private static final byte[] SPKI_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    /// @throws IllegalArgumentException with the reason, when the text is no such key
    static VKey parse(String vkey, int type) {
        String[] parts = vkey.strip().split("\\+", 3);
        if (parts.length != 3 || !isName(parts[0]) || !parts[1].matches("[0-9a-f]{8}")) {
            throw new IllegalArgumentException(
                    "a verifier key is <name>+<8 hex digits>+<base64>, one line");
        }
        try {
            byte[] typed = Encoding.base64(parts[2]);
            if (typed.length != 1 + Tree.HASH_BYTES || typed[0] != type) {
                throw new IllegalArgumentException(
                        "the verifier key is not of type Ed25519 (0x%02x, 32 bytes)"
                                .formatted(type));
            }
            int id = id(parts[0], typed);
            if (id != HexFormat.fromHexDigits(parts[1])) {
                throw new IllegalArgumentException(
                        "the verifier key's id is not the hash of its name and key");
            }
            byte[] spki = Arrays.copyOf(SPKI_PREFIX, SPKI_PREFIX.length + Tree.HASH_BYTES);
            System.arraycopy(typed, 1, spki, SPKI_PREFIX.length, Tree.HASH_BYTES);
            PublicKey key =
                    KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki));
            Signature.getInstance("Ed25519").initVerify(key);
            return new VKey(parts[0], id, key);
        } catch (Fault | GeneralSecurityException e) {
            throw new IllegalArgumentException("the verifier key holds no Ed25519 public key", e);
        }
    }

    /// The text of a key; `publicKey` is Ed25519.
    static String text(String name, int type, PublicKey publicKey) {
        byte[] spki = publicKey.getEncoded();
        byte[] typed = new byte[1 + Tree.HASH_BYTES];
        typed[0] = (byte) type;
        System.arraycopy(spki, spki.length - Tree.HASH_BYTES, typed, 1, Tree.HASH_BYTES);
        return name
                + "+"
                + HexFormat.of().toHexDigits(id(name, typed))
                + "+"
                + Encoding.base64(typed);
    }

    boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature ed25519 = Signature.getInstance("Ed25519");
            ed25519.initVerify(publicKey);
            ed25519.update(message);
            return ed25519.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /// Name and id, enough to tell keys apart in a message.
    @Override
    public String toString() {
        return name + "+" + HexFormat.of().toHexDigits(id);
    }

    private static int id(String name, byte[] typedKey) {
        ByteArrayOutputStream named = new ByteArrayOutputStream();
        named.writeBytes(name.getBytes(UTF_8));
        named.write('\n');
        named.writeBytes(typedKey);
        return ByteBuffer.wrap(Tree.sha256().digest(named.toByteArray())).getInt();
    }

    private static boolean isName(String name) {
        return !name.isEmpty()
                && name.chars()
                        .noneMatch(
                                c ->
                                        c < ' '
                                                || c == '+'
                                                || Character.isSpaceChar(c)
                                                || Character.isWhitespace(c));
    }
}
