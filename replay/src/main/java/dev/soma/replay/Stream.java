package dev.soma.replay;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Events of a session as they came over the wire (docs/design/journal.md).
final class Stream {
    private static final String ID = "id: ";

    private Stream() {}

    /// The bytes of the frames with these numbers; empty when one is missing or out of order.
    /// Comments, which keep connections awake, are no frames.
    static Optional<byte[]> frames(byte[] stream, long first, long last) {
        StringBuilder found = new StringBuilder();
        long next = first;
        // Latin-1 keeps every byte as it is.
        for (String block : new String(stream, StandardCharsets.ISO_8859_1).split("\n\n")) {
            if (number(block) == next && next <= last) {
                found.append(block).append("\n\n");
                next++;
            }
        }
        return next == last + 1
                ? Optional.of(found.toString().getBytes(StandardCharsets.ISO_8859_1))
                : Optional.empty();
    }

    private static long number(String block) {
        int end = block.indexOf('\n');
        if (!block.startsWith(ID) || end < 0) {
            return -1;
        }
        try {
            return Long.parseLong(block.substring(ID.length(), end));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
