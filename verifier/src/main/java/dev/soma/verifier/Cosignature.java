package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// A witness's statement, C2SP tlog-cosignature v1: at this time the largest tree that it had seen
/// of this log, consistent with all it had seen before, had this root.
///
/// @param text the checkpoint's text, up to and including the newline before the blank line
/// @param time seconds since 1970 UTC
public record Cosignature(Checkpoint checkpoint, String text, long time) {
    private static final int SIGNATURE_BYTES = 64;

    /// What a reading of a cosigned note found.
    public sealed interface Reading {
        record Holds(Cosignature cosignature) implements Reading {}

        record Refused(String reason) implements Reading {}
    }

    public static Reading read(byte[] note, CosignerKey witness) {
        try {
            return new Reading.Holds(open(note, witness));
        } catch (Fault fault) {
            return new Reading.Refused(fault.reason());
        }
    }

    /// The bytes that a witness signs.
    ///
    /// @param time seconds since 1970 UTC, not negative
    public static byte[] message(long time, String text) {
        return ("cosignature/v1\ntime " + time + "\n" + text).getBytes(UTF_8);
    }

    static Cosignature open(byte[] bytes, CosignerKey witness) throws Fault {
        try {
            SignedNote note = SignedNote.parse(bytes);
            byte[] timed =
                    note.signature(witness.name(), witness.id())
                            .orElseThrow(() -> new Fault("carries no cosignature by " + witness));
            if (timed.length != Long.BYTES + SIGNATURE_BYTES) {
                throw new Fault("the cosignature by " + witness + " has no time and signature");
            }
            long time = ByteBuffer.wrap(timed).getLong();
            byte[] signature = Arrays.copyOfRange(timed, Long.BYTES, timed.length);
            if (time < 0 || !witness.verifies(message(time, note.text()), signature)) {
                throw new Fault("the cosignature by " + witness + " does not hold");
            }
            return new Cosignature(Checkpoint.parse(note.text()), note.text(), time);
        } catch (Fault fault) {
            throw new Fault("cosigned checkpoint: " + fault.reason());
        }
    }
}
