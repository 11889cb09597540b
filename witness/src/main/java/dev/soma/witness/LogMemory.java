package dev.soma.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.soma.verifier.Checkpoint;
import dev.soma.verifier.Cosignature;
import dev.soma.verifier.Proofs;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.locks.ReentrantLock;

/// What the witness knows of one log: the newest checkpoint it cosigned, in memory and on disk.
/// Submissions are taken one at a time; the check and the write are one step.
final class LogMemory {
    /// SHA-256 of nothing, the root of the empty tree.
    private static final String EMPTY_ROOT =
            Base64.getEncoder()
                    .encodeToString(
                            HexFormat.of()
                                    .parseHex(
                                            "e3b0c44298fc1c149afbf4c8996fb924"
                                                    + "27ae41e4649b934ca495991b7852b855"));

    private final String origin;
    private final StateFolder folder;
    private final CosigningKey key;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private Checkpoint newest;
    private long newestTime;
    private String newestNote;
    private boolean failed;

    private LogMemory(
            String origin,
            StateFolder folder,
            CosigningKey key,
            InstantSource clock,
            Cosignature newest,
            String newestNote) {
        this.origin = origin;
        this.folder = folder;
        this.key = key;
        this.clock = clock;
        this.newest = newest.checkpoint();
        this.newestTime = newest.time();
        this.newestNote = newestNote;
    }

    /// The first state of a log: the empty tree, cosigned, so that every state file proves itself.
    static void begin(String origin, StateFolder folder, CosigningKey key, InstantSource clock)
            throws IOException {
        String text = origin + "\n0\n" + EMPTY_ROOT + "\n";
        folder.writeNote(origin, text + "\n" + key.cosign(clock.instant().getEpochSecond(), text));
    }

    /// @throws Retired when the state is missing or is not what this witness wrote
    static LogMemory open(String origin, StateFolder folder, CosigningKey key, InstantSource clock)
            throws IOException {
        String note = folder.note(origin);
        return switch (Cosignature.read(note.getBytes(UTF_8), key.verifier())) {
            case Cosignature.Reading.Refused(String reason) ->
                    throw new Retired(folder.noteFile(origin) + ": " + reason);
            case Cosignature.Reading.Holds(Cosignature seen) -> {
                if (!seen.checkpoint().origin().equals(origin)) {
                    throw new Retired(folder.noteFile(origin) + " is the state of another log");
                }
                yield new LogMemory(origin, folder, key, clock, seen, note);
            }
        };
    }

    /// Decides on a checkpoint whose signature holds.
    Answer add(Submission submission, Checkpoint.Reading.Signed signed) {
        lock.lock();
        try {
            if (failed) {
                return new Answer.Failed("the state of this log could not be kept");
            }
            Checkpoint next = signed.checkpoint();
            if (submission.old() > next.size()) {
                return new Answer.Malformed("the old size is larger than the checkpoint's");
            }
            if (next.size() == newest.size() && !next.root().equals(newest.root())) {
                return new Answer.SplitView(newest.size());
            }
            if (submission.old() != newest.size()) {
                return new Answer.Conflict(newest.size());
            }
            if (!Proofs.isConsistent(
                    newest.size(),
                    newest.rootHash(),
                    next.size(),
                    next.rootHash(),
                    submission.proof())) {
                return new Answer.BadProof(
                        "the checkpoint of %d entries does not append to the one of %d"
                                .formatted(next.size(), newest.size()));
            }
            return cosign(submission, signed);
        } finally {
            lock.unlock();
        }
    }

    private Answer cosign(Submission submission, Checkpoint.Reading.Signed signed) {
        // A clock that was set back must not say that an older tree was the newest later.
        long time = Math.max(newestTime, clock.instant().getEpochSecond());
        String line = key.cosign(time, signed.text());
        String note = ownSignatures(submission, signed.text()) + line;
        try {
            folder.writeNote(origin, note);
        } catch (IOException e) {
            failed = true;
            return new Answer.Failed("the state of this log could not be kept: " + e);
        }
        newest = signed.checkpoint();
        newestTime = time;
        newestNote = note;
        return new Answer.Cosigned(line);
    }

    /// The note as it came, less any line under this witness's name: those are its own to write.
    private String ownSignatures(Submission submission, String text) {
        byte[] bytes = submission.checkpoint();
        int start = text.getBytes(UTF_8).length + 1;
        StringBuilder kept = new StringBuilder(text).append('\n');
        new String(Arrays.copyOfRange(bytes, start, bytes.length), UTF_8)
                .lines()
                .filter(line -> !line.startsWith("\u2014 " + key.verifier().name() + " "))
                .forEach(line -> kept.append(line).append('\n'));
        return kept.toString();
    }

    /// The newest cosigned checkpoint, a signed note.
    String note() {
        lock.lock();
        try {
            return newestNote;
        } finally {
            lock.unlock();
        }
    }
}
