package dev.soma.verifier;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/// An RFC 6962 tree that grows by one leaf at a time and keeps only the roots of its complete
/// subtrees.
final class Tree {
    static final int HASH_BYTES = 32;
    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    private final MessageDigest sha256 = sha256();
    /// Largest subtree first, one per bit that is set in the size.
    private final List<byte[]> subtrees = new ArrayList<>();

    private long size;

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    byte[] leaf(byte[] buffer, int length) {
        sha256.update(LEAF);
        sha256.update(buffer, 0, length);
        return sha256.digest();
    }

    byte[] node(byte[] left, byte[] right) {
        sha256.update(NODE);
        sha256.update(left);
        return sha256.digest(right);
    }

    void append(byte[] leafHash) {
        subtrees.add(leafHash);
        size++;
        for (long rest = size; (rest & 1) == 0; rest >>>= 1) {
            byte[] right = subtrees.removeLast();
            subtrees.add(node(subtrees.removeLast(), right));
        }
    }

    long size() {
        return size;
    }

    byte[] root() {
        if (subtrees.isEmpty()) {
            return sha256.digest();
        }
        byte[] root = subtrees.getLast();
        for (int i = subtrees.size() - 2; i >= 0; i--) {
            root = node(subtrees.get(i), root);
        }
        return root;
    }
}
