package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.function.Function;

/// What the text of a checkpoint says: origin, size and root (base64) of one log.
public record Checkpoint(String origin, long size, String root) {

    /// What a reading of a checkpoint found.
    public sealed interface Reading {
        /// @param text the signed text, up to and including the newline before the blank line
        record Signed(Checkpoint checkpoint, String text) implements Reading {}

        /// No key is trusted for the log it names.
        record UnknownOrigin(String origin) implements Reading {}

        /// No trusted key's signature holds.
        record NotSigned(String reason) implements Reading {}

        record Malformed(String reason) implements Reading {}
    }

    /// The root's 32 bytes.
    public byte[] rootHash() {
        try {
            return Encoding.hash(root);
        } catch (Fault fault) {
            throw new IllegalStateException("a checkpoint's root was not checked", fault);
        }
    }

    /// Reads a note that anybody may have sent.
    ///
    /// @param trusted the keys that speak for an origin; none when it is unknown
    public static Reading read(byte[] note, Function<String, List<VerifierKey>> trusted) {
        SignedNote signed;
        Checkpoint checkpoint;
        try {
            signed = SignedNote.parse(note);
            checkpoint = parse(signed.text());
        } catch (Fault fault) {
            return new Reading.Malformed("checkpoint: " + fault.reason());
        }
        List<VerifierKey> keys = trusted.apply(checkpoint.origin());
        if (keys.isEmpty()) {
            return new Reading.UnknownOrigin(checkpoint.origin());
        }
        String reason = "";
        for (VerifierKey key : keys) {
            try {
                requireSignature(signed, key);
                return new Reading.Signed(checkpoint, signed.text());
            } catch (Fault fault) {
                reason = "checkpoint: " + fault.reason();
            }
        }
        return new Reading.NotSigned(reason);
    }

    static Checkpoint open(byte[] note, VerifierKey key) throws Fault {
        try {
            SignedNote signed = SignedNote.parse(note);
            requireSignature(signed, key);
            Checkpoint checkpoint = parse(signed.text());
            if (!checkpoint.origin().equals(key.name())) {
                throw new Fault(
                        "is for the log "
                                + Json.quote(checkpoint.origin())
                                + ", the key is for "
                                + Json.quote(key.name()));
            }
            return checkpoint;
        } catch (Fault fault) {
            throw new Fault("checkpoint: " + fault.reason());
        }
    }

    /// A key signs once, and what it signed must hold.
    private static void requireSignature(SignedNote note, VerifierKey key) throws Fault {
        byte[] signature =
                note.signature(key.name(), key.id())
                        .orElseThrow(
                                () ->
                                        new Fault(
                                                "carries 0 signatures by "
                                                        + key
                                                        + ", one is needed"));
        if (!key.verifies(note.text().getBytes(UTF_8), signature)) {
            throw new Fault("the signature by " + key + " does not hold");
        }
    }

    /// Extension lines are refused: no log of this product writes any, and what is not understood
    /// is not vouched for.
    static Checkpoint parse(String text) throws Fault {
        String[] lines = text.split("\n", -1);
        if (lines.length != 4 || lines[0].isEmpty()) {
            throw new Fault("the signed text is not origin, size and root on three lines");
        }
        if (!lines[1].matches("0|[1-9][0-9]{0,17}")) {
            throw new Fault("the size is not a decimal number: " + Json.quote(lines[1]));
        }
        Encoding.hash(lines[2]);
        return new Checkpoint(lines[0], Long.parseLong(lines[1]), lines[2]);
    }
}
