package dev.soma.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.soma.verifier.VerifierKey;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/// A log with a key: notes and proofs straight from the definitions of RFC 6962 and C2SP.
final class TestLog {
    private final String origin;
    private final KeyPair pair;
    private final List<byte[]> leaves = new ArrayList<>();

    TestLog(String origin) {
        this(origin, keyPair());
    }

    private TestLog(String origin, KeyPair pair) {
        this.origin = origin;
        this.pair = pair;
    }

    private static KeyPair keyPair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Another log under the same origin and key.
    TestLog twin() {
        return twin(0);
    }

    /// Another log under the same origin and key, with the same beginning.
    TestLog twin(int same) {
        TestLog twin = new TestLog(origin, pair);
        twin.leaves.addAll(leaves.subList(0, same));
        return twin;
    }

    /// Grows to this size with entries of this history.
    TestLog grow(int size, String history) {
        while (leaves.size() < size) {
            leaves.add(sha256(new byte[] {0}, (history + leaves.size()).getBytes(UTF_8)));
        }
        return this;
    }

    int size() {
        return leaves.size();
    }

    String origin() {
        return origin;
    }

    String vkey() {
        byte[] typed = concat(new byte[] {1}, publicKey());
        return origin
                + "+"
                + HexFormat.of().formatHex(keyId())
                + "+"
                + Base64.getEncoder().encodeToString(typed);
    }

    VerifierKey key() {
        return VerifierKey.parse(vkey());
    }

    String text(int size) {
        String root = Base64.getEncoder().encodeToString(hash(leaves.subList(0, size)));
        return origin + "\n" + size + "\n" + root + "\n";
    }

    String checkpoint(int size) {
        return sign(text(size));
    }

    String sign(String text) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(text.getBytes(UTF_8));
            byte[] line = concat(keyId(), signature.sign());
            return text
                    + "\n\u2014 "
                    + origin
                    + " "
                    + Base64.getEncoder().encodeToString(line)
                    + "\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The whole body of `POST /add-checkpoint`.
    byte[] submission(int old, int size) {
        return submission(old, old == 0 ? List.of() : proof(old, size), checkpoint(size));
    }

    static byte[] submission(int old, List<byte[]> proof, String checkpoint) {
        StringBuilder body = new StringBuilder("old " + old + "\n");
        proof.forEach(hash -> body.append(Base64.getEncoder().encodeToString(hash)).append('\n'));
        return body.append('\n').append(checkpoint).toString().getBytes(UTF_8);
    }

    /// RFC 6962 section 2.1.2.
    List<byte[]> proof(int from, int to) {
        return from > to ? List.of() : subproof(from, leaves.subList(0, to), true);
    }

    private static List<byte[]> subproof(int from, List<byte[]> tree, boolean whole) {
        if (from == tree.size()) {
            return whole ? List.of() : List.of(hash(tree));
        }
        int left = Integer.highestOneBit(tree.size() - 1);
        List<byte[]> path = new ArrayList<>();
        if (from <= left) {
            path.addAll(subproof(from, tree.subList(0, left), whole));
            path.add(hash(tree.subList(left, tree.size())));
        } else {
            path.addAll(subproof(from - left, tree.subList(left, tree.size()), false));
            path.add(hash(tree.subList(0, left)));
        }
        return path;
    }

    private static byte[] hash(List<byte[]> tree) {
        if (tree.isEmpty()) {
            return sha256();
        }
        if (tree.size() == 1) {
            return tree.getFirst();
        }
        int left = Integer.highestOneBit(tree.size() - 1);
        return sha256(
                new byte[] {1}, hash(tree.subList(0, left)), hash(tree.subList(left, tree.size())));
    }

    private byte[] publicKey() {
        byte[] spki = pair.getPublic().getEncoded();
        return Arrays.copyOfRange(spki, spki.length - 32, spki.length);
    }

    private byte[] keyId() {
        return Arrays.copyOf(
                sha256((origin + "\n").getBytes(UTF_8), new byte[] {1}, publicKey()), 4);
    }

    static byte[] sha256(byte[]... parts) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(concat(parts));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
