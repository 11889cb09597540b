package dev.soma.policy.text;

import java.text.Normalizer;
import java.util.Locale;

/// Brings text that arrives in pieces into its normal form, however it is cut: the same text gives
/// the same characters with the same origins. What may still compose with the next piece waits. Not
/// thread-safe.
abstract class NormalStream {
    private String waiting = "";
    private int read;
    private boolean begun;
    private char last;

    /// Takes the next character of the normal form.
    ///
    /// @param origin where it stood in the original, counted in UTF-16 units
    abstract void add(char c, int origin);

    /// Takes the next piece of the original.
    final void feed(String piece) {
        String text = waiting.isEmpty() ? piece : waiting + piece;
        int done = run(text, false);
        waiting = done == text.length() ? "" : text.substring(done);
        read += done;
    }

    /// The original has ended.
    final void finish() {
        run(waiting, true);
        read += waiting.length();
        waiting = "";
    }

    /// How much of the original has gone into the normal form.
    final int read() {
        return read;
    }

    /// The character that the normal form would go on with if what waits were all and did not
    /// compose;
    /// -1 where what waits is more than one plain character, 0 where it would add nothing.
    final int waiting() {
        if (waiting.length() != 1 || waiting.charAt(0) >= 0x80) {
            return waiting.isEmpty() ? 0 : -1;
        }
        char c = waiting.charAt(0);
        if (c <= ' ' || c == 0x7f) {
            return begun && last != ' ' ? ' ' : 0;
        }
        return lower(c);
    }

    /// How much of the original has been taken.
    final int taken() {
        return read + waiting.length();
    }

    private static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }

    private int run(String text, boolean whole) {
        int length = text.length();
        int i = 0;
        while (i < length) {
            char c = text.charAt(i);
            if (c < 0x80 && (i + 1 == length ? whole : text.charAt(i + 1) < 0x80)) {
                ascii(c, read + i);
                i++;
            } else {
                int end = clusterEnd(text, i);
                if (!whole && mayGoOn(text, end)) {
                    return i;
                }
                cluster(text.substring(i, end), read + i);
                i = end;
            }
        }
        return i;
    }

    /// Whether the next piece may belong to the cluster that ends here. The first half of a pair
    /// may
    /// turn out to be anything.
    private static boolean mayGoOn(String text, int end) {
        return end == text.length()
                || (end + 1 == text.length() && Character.isHighSurrogate(text.charAt(end)));
    }

    /// The end of a run that may compose: a base with its marks, conjoining jamo, invisible
    /// characters between them.
    private static int clusterEnd(String original, int start) {
        int end = start + Character.charCount(original.codePointAt(start));
        while (end < original.length()) {
            int next = original.codePointAt(end);
            if (!continues(next)) {
                break;
            }
            end += Character.charCount(next);
        }
        return end;
    }

    private static boolean continues(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.COMBINING_SPACING_MARK ->
                    true;
            default -> isInvisible(codePoint) || (codePoint >= 0x1160 && codePoint <= 0x11ff);
        };
    }

    private static boolean isInvisible(int codePoint) {
        return Character.getType(codePoint) == Character.FORMAT
                || (codePoint >= 0xfe00 && codePoint <= 0xfe0f)
                || (codePoint >= 0xe0000 && codePoint <= 0xe0fff)
                || codePoint == 0x034f
                || codePoint == 0x115f
                || codePoint == 0x1160
                || codePoint == 0x3164
                || codePoint == 0xffa0;
    }

    private void ascii(char c, int origin) {
        if (c <= ' ' || c == 0x7f) {
            space(origin);
        } else {
            put(lower(c), origin);
        }
    }

    private void cluster(String raw, int origin) {
        StringBuilder visible = new StringBuilder(raw.length());
        raw.codePoints()
                .filter(codePoint -> !isInvisible(codePoint))
                .forEach(visible::appendCodePoint);
        String folded =
                Normalizer.normalize(visible, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        for (int i = 0; i < folded.length(); i++) {
            char c = folded.charAt(i);
            if (Character.isWhitespace(c)
                    || Character.isSpaceChar(c)
                    || Character.isISOControl(c)) {
                space(origin);
            } else {
                put(c, origin);
            }
        }
    }

    private void space(int origin) {
        if (begun && last != ' ') {
            put(' ', origin);
        }
    }

    private void put(char c, int origin) {
        begun = true;
        last = c;
        add(c, origin);
    }
}
