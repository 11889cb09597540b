package dev.soma.witness;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// The body of `POST /add-checkpoint`: `old <size>`, proof lines, an empty line, the checkpoint.
///
/// @param old size of the checkpoint that the proof starts from
/// @param proof RFC 6962 section 2.1.2, 32 bytes each
/// @param checkpoint a signed note that nobody has checked yet
@SuppressWarnings("ArrayRecordComponent") // never compared
record Submission(long old, List<byte[]> proof, byte[] checkpoint) {
    static final int MAX_BYTES = 64 * 1024;

    /// More lines than a tree of 2^63 entries needs; the bound of C2SP.
    static final int MAX_PROOF_LINES = 63;

    private static final int HASH_BYTES = 32;

    Submission {
        proof = List.copyOf(proof);
    }

    /// Empty when the body is malformed.
    static Optional<Submission> parse(byte[] body) {
        // One character per byte, so that the checkpoint's place in the text is its place in the
        // bytes; its own encoding is the note reader's business.
        String text = new String(body, StandardCharsets.ISO_8859_1);
        int blank = text.indexOf("\n\n");
        if (body.length > MAX_BYTES || blank < 0) {
            return Optional.empty();
        }
        String[] lines = text.substring(0, blank).split("\n", -1);
        if (!lines[0].matches("old (0|[1-9][0-9]{0,17})") || lines.length > 1 + MAX_PROOF_LINES) {
            return Optional.empty();
        }
        List<byte[]> proof = new ArrayList<>();
        for (String line : Arrays.asList(lines).subList(1, lines.length)) {
            Optional<byte[]> hash = hash(line);
            if (hash.isEmpty()) {
                return Optional.empty();
            }
            proof.add(hash.get());
        }
        long old = Long.parseLong(lines[0].substring("old ".length()));
        return Optional.of(
                new Submission(old, proof, Arrays.copyOfRange(body, blank + 2, body.length)));
    }

    private static Optional<byte[]> hash(String line) {
        try {
            byte[] hash = Base64.getDecoder().decode(line);
            boolean oneSpelling = Base64.getEncoder().encodeToString(hash).equals(line);
            return oneSpelling && hash.length == HASH_BYTES ? Optional.of(hash) : Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }
}
