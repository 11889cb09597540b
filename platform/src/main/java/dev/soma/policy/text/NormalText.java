package dev.soma.policy.text;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;

/// A text in the form that phrases are searched in: NFKC, without characters that show nothing
/// (zero-width, bidi
/// controls, soft hyphen, variation selectors), lower case, runs of white space as one space. Knows
/// where each
/// character came from.
public final class NormalText {
    private final StringBuilder text;
    private int[] origins;

    private NormalText(int expected) {
        this.text = new StringBuilder(expected);
        this.origins = new int[Math.max(16, expected)];
    }

    public static NormalText of(String original) {
        NormalText normal = new NormalText(original.length());
        int i = 0;
        while (i < original.length()) {
            char c = original.charAt(i);
            if (c < 0x80 && (i + 1 == original.length() || original.charAt(i + 1) < 0x80)) {
                normal.ascii(c, i);
                i++;
            } else {
                int end = clusterEnd(original, i);
                normal.cluster(original.substring(i, end), i);
                i = end;
            }
        }
        return normal;
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
            add(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c, origin);
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
                add(c, origin);
            }
        }
    }

    private void space(int origin) {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ' ') {
            add(' ', origin);
        }
    }

    private void add(char c, int origin) {
        if (text.length() == origins.length) {
            origins = Arrays.copyOf(origins, origins.length * 2);
        }
        origins[text.length()] = origin;
        text.append(c);
    }

    public int length() {
        return text.length();
    }

    public char charAt(int index) {
        return text.charAt(index);
    }

    int codePointAt(int index) {
        return text.codePointAt(index);
    }

    int codePointBefore(int index) {
        return text.codePointBefore(index);
    }

    /// Where the character stood in the original, counted in UTF-16 units.
    public int origin(int index) {
        return origins[index];
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
