package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// The text of a signed note whose signature by the auditor's key holds.
record Checkpoint(String origin, long size, String root) {
    /// Far above the 16 signatures that C2SP asks a reader to accept.
    static final int MAX_BYTES = 1_000_000;

    private static final String SIGNATURE_START = "— ";
    private static final int KEY_ID_BYTES = 4;

    static Checkpoint open(byte[] note, VerifierKey key) throws Fault {
        try {
            return openNote(note, key);
        } catch (Fault fault) {
            throw new Fault("checkpoint: " + fault.reason());
        }
    }

    private static Checkpoint openNote(byte[] bytes, VerifierKey key) throws Fault {
        if (bytes.length > MAX_BYTES) {
            throw new Fault("is longer than " + MAX_BYTES + " bytes");
        }
        String note = Encoding.utf8(bytes, bytes.length);
        if (note.chars().anyMatch(c -> c < ' ' && c != '\n')) {
            throw new Fault("holds a control character");
        }
        int blank = note.lastIndexOf("\n\n");
        if (blank < 0 || !note.endsWith("\n") || note.endsWith("\n\n")) {
            throw new Fault("is no signed note: text, a blank line, signature lines");
        }
        String text = note.substring(0, blank + 1);
        requireSignature(text, note.substring(blank + 2, note.length() - 1).split("\n", -1), key);
        return parse(text, key);
    }

    /// Signatures of other keys are passed over, as C2SP asks; a key signs once, and what it signed
    /// must hold.
    private static void requireSignature(String text, String[] lines, VerifierKey key)
            throws Fault {
        int found = 0;
        for (String line : lines) {
            String[] parts = line.split(" ", -1);
            if (!line.startsWith(SIGNATURE_START) || parts.length != 3 || parts[1].isEmpty()) {
                throw new Fault("a signature line is not `— <key name> <base64>`");
            }
            byte[] signature = Encoding.base64(parts[2]);
            if (signature.length <= KEY_ID_BYTES) {
                throw new Fault("a signature is too short");
            }
            if (!parts[1].equals(key.name()) || ByteBuffer.wrap(signature).getInt() != key.id()) {
                continue;
            }
            found++;
            if (!key.verifies(
                    text.getBytes(UTF_8),
                    Arrays.copyOfRange(signature, KEY_ID_BYTES, signature.length))) {
                throw new Fault("the signature by " + key + " does not hold");
            }
        }
        if (found != 1) {
            throw new Fault("carries " + found + " signatures by " + key + ", one is needed");
        }
    }

    private static Checkpoint parse(String text, VerifierKey key) throws Fault {
        String[] lines = text.split("\n", -1);
        if (lines.length != 4) {
            throw new Fault("the signed text is not origin, size and root on three lines");
        }
        if (!lines[0].equals(key.name())) {
            throw new Fault(
                    "is for the log "
                            + Json.quote(lines[0])
                            + ", the key is for "
                            + Json.quote(key.name()));
        }
        if (!lines[1].matches("0|[1-9][0-9]{0,17}")) {
            throw new Fault("the size is not a decimal number: " + Json.quote(lines[1]));
        }
        Encoding.hash(lines[2]);
        return new Checkpoint(lines[0], Long.parseLong(lines[1]), lines[2]);
    }
}
