package dev.soma.verifier;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/// Proofs of RFC 6962 sections 2.1.1 and 2.1.2, checked by walking the definitions backwards.
public final class Proofs {
    private Proofs() {}

    /// What a check of one proof document found.
    public sealed interface Finding {
        record Proven(String statement) implements Finding {}

        record Refused(String reason) implements Finding {}
    }

    /// The entry is in the log at the proof's index, under the signed checkpoint.
    public static Finding inclusion(
            VerifierKey key, byte[] checkpoint, byte[] entry, byte[] proof) {
        try {
            Checkpoint signed = Checkpoint.open(checkpoint, key);
            Json.Members document = document(proof, signed.origin());
            long index = integer(document, "index");
            requireSize(document, "size", signed);
            byte[] leaf = leafHash(entry);
            if (!Arrays.equals(leaf, Encoding.hash(text(document, "leaf_hash")))) {
                throw new Fault(
                        "the proof is for another entry: the entry's leaf hash is "
                                + Encoding.base64(leaf));
            }
            if (!isIncluded(
                    leaf, index, signed.size(), path(document), Encoding.hash(signed.root()))) {
                throw new Fault("the proof does not lead to the signed root");
            }
            return new Finding.Proven(
                    "entry " + index + " of " + signed.size() + " in " + signed.origin());
        } catch (Fault fault) {
            return new Finding.Refused(fault.reason());
        }
    }

    /// The newer checkpoint's log begins with the whole of the older one's.
    public static Finding consistency(VerifierKey key, byte[] older, byte[] newer, byte[] proof) {
        try {
            Checkpoint from = Checkpoint.open(older, key);
            Checkpoint to = Checkpoint.open(newer, key);
            Json.Members document = document(proof, to.origin());
            requireSize(document, "from", from);
            requireSize(document, "to", to);
            byte[] fromRoot = Encoding.hash(from.root());
            byte[] toRoot = Encoding.hash(to.root());
            if (!isConsistent(from.size(), fromRoot, to.size(), toRoot, path(document))) {
                throw new Fault("the proof does not lead to both signed roots");
            }
            return new Finding.Proven(
                    to.origin()
                            + " at "
                            + to.size()
                            + " entries only appends to itself at "
                            + from.size());
        } catch (Fault fault) {
            return new Finding.Refused(fault.reason());
        }
    }

    public static byte[] leafHash(byte[] entry) {
        return new Tree().leaf(entry, entry.length);
    }

    public static boolean isIncluded(
            byte[] leafHash, long index, long size, List<byte[]> path, byte[] root) {
        Deque<byte[]> rest = new ArrayDeque<>(path);
        try {
            return index >= 0
                    && index < size
                    && Arrays.equals(root, climb(leafHash, index, size, rest))
                    && rest.isEmpty();
        } catch (NoSuchElementException pathTooShort) {
            return false;
        }
    }

    public static boolean isConsistent(
            long from, byte[] fromRoot, long to, byte[] toRoot, List<byte[]> path) {
        if (from < 0 || from > to) {
            return false;
        }
        if (from == 0) {
            boolean known = to > 0 || Arrays.equals(fromRoot, toRoot);
            return known && path.isEmpty() && Arrays.equals(fromRoot, new Tree().root());
        }
        Deque<byte[]> rest = new ArrayDeque<>(path);
        try {
            Roots roots = climb(from, to, Optional.of(fromRoot), rest);
            return Arrays.equals(fromRoot, roots.older())
                    && Arrays.equals(toRoot, roots.newer())
                    && rest.isEmpty();
        } catch (NoSuchElementException pathTooShort) {
            return false;
        }
    }

    /// The root that the path of RFC 6962 section 2.1.1 leads to, read from its end as it is
    /// defined.
    private static byte[] climb(byte[] leaf, long index, long size, Deque<byte[]> path) {
        if (size == 1) {
            return leaf;
        }
        byte[] sibling = path.removeLast();
        long left = Long.highestOneBit(size - 1);
        return index < left
                ? new Tree().node(climb(leaf, index, left, path), sibling)
                : new Tree().node(sibling, climb(leaf, index - left, size - left, path));
    }

    /// Both roots of SUBPROOF, RFC 6962 section 2.1.2. `known` is the older root as long as the
    /// older tree is a whole subtree on the left edge, where the proof leaves it out.
    private static Roots climb(long from, long to, Optional<byte[]> known, Deque<byte[]> path) {
        if (from == to) {
            byte[] hash = known.isPresent() ? known.get() : path.removeLast();
            return new Roots(hash, hash);
        }
        byte[] sibling = path.removeLast();
        long left = Long.highestOneBit(to - 1);
        Tree tree = new Tree();
        if (from <= left) {
            Roots below = climb(from, left, known, path);
            return new Roots(below.older(), tree.node(below.newer(), sibling));
        }
        Roots below = climb(from - left, to - left, Optional.empty(), path);
        return new Roots(tree.node(sibling, below.older()), tree.node(sibling, below.newer()));
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Roots(byte[] older, byte[] newer) {}

    private static Json.Members document(byte[] proof, String origin) throws Fault {
        try {
            Json.Members document = JsonReader.plain(proof);
            if (!text(document, "origin").equals(origin)) {
                throw new Fault("is for the log " + Json.quote(text(document, "origin")));
            }
            return document;
        } catch (Fault fault) {
            throw new Fault("proof: " + fault.reason());
        }
    }

    private static void requireSize(Json.Members document, String key, Checkpoint signed)
            throws Fault {
        long size = integer(document, key);
        if (size != signed.size()) {
            throw new Fault(
                    "the proof's "
                            + key
                            + " is "
                            + size
                            + ", the checkpoint's size is "
                            + signed.size());
        }
    }

    private static List<byte[]> path(Json.Members document) throws Fault {
        if (!(document.values().get("proof") instanceof Json.Items(List<Json> items))) {
            throw new Fault("the proof has no list proof");
        }
        List<byte[]> hashes = new ArrayList<>();
        for (Json item : items) {
            if (!(item instanceof Json.Text(String hash))) {
                throw new Fault("the proof's list holds something else than hashes");
            }
            hashes.add(Encoding.hash(hash));
        }
        return hashes;
    }

    private static String text(Json.Members document, String key) throws Fault {
        return document.text(key).orElseThrow(() -> new Fault("the proof has no text " + key));
    }

    private static long integer(Json.Members document, String key) throws Fault {
        return document.integer(key)
                .orElseThrow(() -> new Fault("the proof has no integer " + key));
    }
}
