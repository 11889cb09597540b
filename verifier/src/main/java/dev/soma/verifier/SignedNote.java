package dev.soma.verifier;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// A C2SP signed note taken apart; nothing of it is trusted yet.
///
/// @param text up to and including the newline before the blank line: what was signed
record SignedNote(String text, List<Line> lines) {
    /// Far above the 16 signatures that C2SP asks a reader to accept.
    static final int MAX_BYTES = 1_000_000;

    private static final String SIGNATURE_START = "— ";
    private static final int KEY_ID_BYTES = 4;

    /// @param signature without the key id
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Line(String name, int id, byte[] signature) {}

    static SignedNote parse(byte[] bytes) throws Fault {
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
        List<Line> lines = new ArrayList<>();
        for (String line : note.substring(blank + 2, note.length() - 1).split("\n", -1)) {
            lines.add(line(line));
        }
        return new SignedNote(note.substring(0, blank + 1), List.copyOf(lines));
    }

    private static Line line(String line) throws Fault {
        String[] parts = line.split(" ", -1);
        if (!line.startsWith(SIGNATURE_START) || parts.length != 3 || parts[1].isEmpty()) {
            throw new Fault("a signature line is not `— <key name> <base64>`");
        }
        byte[] signature = Encoding.base64(parts[2]);
        if (signature.length <= KEY_ID_BYTES) {
            throw new Fault("a signature is too short");
        }
        return new Line(
                parts[1],
                ByteBuffer.wrap(signature).getInt(),
                Arrays.copyOfRange(signature, KEY_ID_BYTES, signature.length));
    }

    /// Signatures of other keys are passed over, as C2SP asks; a key signs at most once.
    Optional<byte[]> signature(String name, int id) throws Fault {
        List<Line> found =
                lines.stream().filter(line -> line.id() == id && line.name().equals(name)).toList();
        if (found.size() > 1) {
            throw new Fault(
                    "carries "
                            + found.size()
                            + " signatures by "
                            + name
                            + "+"
                            + HexFormat.of().toHexDigits(id)
                            + ", one is needed");
        }
        return found.stream().map(Line::signature).findFirst();
    }
}
