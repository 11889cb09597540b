package dev.soma.verifier;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/// Section 2.1 of RFC 6962 as it is written there: roots and proofs by recursion over leaf hashes.
final class Rfc6962 {
    private Rfc6962() {}

    static byte[] leaf(byte[] entry) {
        return sha256(new byte[] {0}, entry);
    }

    static byte[] root(List<byte[]> leaves) {
        if (leaves.isEmpty()) {
            return sha256(new byte[0]);
        }
        if (leaves.size() == 1) {
            return leaves.getFirst();
        }
        int k = Integer.highestOneBit(leaves.size() - 1);
        return sha256(
                new byte[] {1}, root(leaves.subList(0, k)), root(leaves.subList(k, leaves.size())));
    }

    static List<byte[]> path(int index, List<byte[]> leaves) {
        int size = leaves.size();
        if (size == 1) {
            return new ArrayList<>();
        }
        int k = Integer.highestOneBit(size - 1);
        List<byte[]> path =
                index < k
                        ? path(index, leaves.subList(0, k))
                        : path(index - k, leaves.subList(k, size));
        path.add(root(index < k ? leaves.subList(k, size) : leaves.subList(0, k)));
        return path;
    }

    static List<byte[]> proof(int from, List<byte[]> leaves) {
        return subproof(from, leaves, true);
    }

    private static List<byte[]> subproof(int from, List<byte[]> leaves, boolean whole) {
        int size = leaves.size();
        if (from == size) {
            return whole ? new ArrayList<>() : new ArrayList<>(List.of(root(leaves)));
        }
        int k = Integer.highestOneBit(size - 1);
        List<byte[]> proof =
                from <= k
                        ? subproof(from, leaves.subList(0, k), whole)
                        : subproof(from - k, leaves.subList(k, size), false);
        proof.add(root(from <= k ? leaves.subList(k, size) : leaves.subList(0, k)));
        return proof;
    }

    private static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                sha256.update(part);
            }
            return sha256.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
