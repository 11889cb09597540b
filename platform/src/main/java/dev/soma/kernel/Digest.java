package dev.soma.kernel;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Hashes that the product names in the open. Thread-safe.
public final class Digest {
    private Digest() {}

    public static byte[] sha256(byte[] bytes) {
        return newSha256().digest(bytes);
    }

    public static String sha256Hex(byte[] bytes) {
        return HexFormat.of().formatHex(sha256(bytes));
    }

    public static String sha256Hex(String text) {
        return sha256Hex(text.getBytes(StandardCharsets.UTF_8));
    }

    public static String sha3512Hex(byte[] bytes) {
        return HexFormat.of().formatHex(algorithm("SHA3-512").digest(bytes));
    }

    /// A fresh SHA-256 for incremental use by one thread.
    public static MessageDigest newSha256() {
        return fresh(SHA256);
    }

    private static final MessageDigest SHA256 = algorithm("SHA-256");

    /// A clone costs a tenth of a look-up.
    private static MessageDigest fresh(MessageDigest prototype) {
        try {
            return (MessageDigest) prototype.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this Java's digests cannot be cloned", e);
        }
    }

    private static MessageDigest algorithm(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no " + name, e);
        }
    }
}
