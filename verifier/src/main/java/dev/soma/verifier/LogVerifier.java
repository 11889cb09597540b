package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// Reads a log once, from its first entry to its last, in memory that does not grow with it.
public final class LogVerifier {
    private final Path folder;
    private final Checkpoint checkpoint;
    private final NavigableMap<Long, String> witnessed;
    private final boolean hashFileAgrees;
    private final Tree tree = new Tree();
    private final Contents contents = new Contents();

    private LogVerifier(Path folder, Checkpoint checkpoint, NavigableMap<Long, String> witnessed)
            throws IOException {
        this.folder = folder;
        this.checkpoint = checkpoint;
        this.witnessed = witnessed;
        this.hashFileAgrees = hashFileCarriesSignedRoot();
    }

    public static Outcome verify(Path folder, VerifierKey key) throws IOException {
        return verify(folder, key, 0);
    }

    /// @param leastSize a size that is known to have been signed: a smaller checkpoint was rolled
    /// back
    public static Outcome verify(Path folder, VerifierKey key, long leastSize) throws IOException {
        return verify(folder, key, leastSize, Optional.empty());
    }

    /// @param witnessed cosigned checkpoints; each must lie on the log's tree
    public static Outcome verify(
            Path folder, VerifierKey key, long leastSize, Optional<Witnessed> witnessed)
            throws IOException {
        try {
            // Before the checkpoint: a log that is being written is cosigned after it was signed.
            NavigableMap<Long, String> roots =
                    witnessed.isPresent()
                            ? witnessed.get().roots(key.name())
                            : new TreeMap<Long, String>();
            Checkpoint checkpoint = Checkpoint.open(read(folder, "checkpoint"), key);
            String origin = new String(read(folder, "origin"), UTF_8);
            if (!origin.equals(key.name() + "\n") && !origin.equals(key.name())) {
                throw new Fault(
                        "the file origin names "
                                + Json.quote(origin)
                                + ", not "
                                + Json.quote(key.name()));
            }
            if (checkpoint.size() < leastSize) {
                throw new Fault(
                        "the checkpoint was rolled back: it covers "
                                + checkpoint.size()
                                + " entries, expected are at least "
                                + leastSize);
            }
            if (!roots.isEmpty() && roots.lastKey() > checkpoint.size()) {
                throw new Fault(
                        "the log was cut back: a witness cosigned "
                                + roots.lastKey()
                                + " entries, the checkpoint covers "
                                + checkpoint.size());
            }
            return new LogVerifier(folder, checkpoint, roots).verify();
        } catch (Fault fault) {
            return new Outcome.Broken(fault.entry(), fault.reason());
        }
    }

    private Outcome verify() throws IOException, Fault {
        try (Segments segments = Segments.open(folder.resolve("segments"));
                InputStream hashes = hashFile()) {
            requireWitnessedRoot();
            requireSignedRoot();
            while (segments.next()) {
                long index = segments.read() - 1;
                if (index < checkpoint.size()) {
                    append(index, tree.leaf(segments.entry(), segments.length()), hashes);
                }
                contents.accept(index, segments.entry(), segments.length());
            }
            requireEverySignedEntry(segments);
            return new Outcome.Verified(
                    checkpoint.origin(),
                    checkpoint.size(),
                    segments.read() - checkpoint.size(),
                    checkpoint.root(),
                    contents.counts(),
                    contents.unadmitted(),
                    segments.tornBytes(),
                    hashFileAgrees,
                    witnessed.isEmpty()
                            ? OptionalLong.empty()
                            : OptionalLong.of(witnessed.lastKey()));
        }
    }

    private void append(long index, byte[] leaf, InputStream hashes) throws IOException, Fault {
        if (hashFileAgrees) {
            byte[] signed = hashes.readNBytes(Tree.HASH_BYTES);
            if (!Arrays.equals(leaf, signed)) {
                throw new Fault(
                        index,
                        "is not the entry that was signed: its hash is "
                                + Encoding.base64(leaf)
                                + ", signed is "
                                + Encoding.base64(signed));
            }
        }
        tree.append(leaf);
        requireWitnessedRoot();
        requireSignedRoot();
    }

    /// A node can sign a rewritten history anew; it cannot make the witness do so.
    private void requireWitnessedRoot() throws Fault {
        String seen = witnessed.get(tree.size());
        if (seen == null || seen.equals(Encoding.base64(tree.root()))) {
            return;
        }
        throw new Fault(
                "the history was rewritten: the first "
                        + tree.size()
                        + " entries have the root "
                        + Encoding.base64(tree.root())
                        + ", a witness cosigned "
                        + seen);
    }

    private void requireSignedRoot() throws Fault {
        if (tree.size() != checkpoint.size()) {
            return;
        }
        String root = Encoding.base64(tree.root());
        if (!root.equals(checkpoint.root())) {
            throw new Fault(
                    "the first "
                            + tree.size()
                            + " entries are not the ones that were signed: their root is "
                            + root
                            + ", signed is "
                            + checkpoint.root()
                            + "; hashes/0 does not carry the signed root either, so the changed entry cannot be named");
        }
    }

    private void requireEverySignedEntry(Segments segments) throws Fault {
        long read = segments.read();
        if (read >= checkpoint.size()) {
            return;
        }
        String signed = ", but " + checkpoint.size() + " entries are signed";
        throw segments.tornBytes() > 0
                ? new Fault(
                        read,
                        "torn tail: the last record ends after "
                                + segments.tornBytes()
                                + " bytes"
                                + signed)
                : new Fault(read, "is missing: the log ends after " + read + " entries" + signed);
    }

    /// A hash file that carries the signed root is as good as signed, and names a changed entry
    /// beyond doubt.
    private boolean hashFileCarriesSignedRoot() throws IOException {
        Tree claimed = new Tree();
        try (InputStream hashes = hashFile()) {
            while (claimed.size() < checkpoint.size()) {
                byte[] hash = hashes.readNBytes(Tree.HASH_BYTES);
                if (hash.length < Tree.HASH_BYTES) {
                    return false;
                }
                claimed.append(hash);
            }
        }
        return Encoding.base64(claimed.root()).equals(checkpoint.root());
    }

    private InputStream hashFile() throws IOException {
        Path file = folder.resolve("hashes", "0");
        return Files.isRegularFile(file)
                ? new BufferedInputStream(Files.newInputStream(file), 1 << 16)
                : InputStream.nullInputStream();
    }

    private static byte[] read(Path folder, String name) throws IOException, Fault {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new Fault("the file " + name + " is missing");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(SignedNote.MAX_BYTES + 1);
        }
    }
}
