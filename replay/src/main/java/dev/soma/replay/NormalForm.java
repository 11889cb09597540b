package dev.soma.replay;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A text as it is searched in, with the offset in the original of each of its characters.
record NormalForm(String text, List<Integer> origins) {
    NormalForm {
        origins = List.copyOf(origins);
    }

    static NormalForm of(String original) {
        StringBuilder text = new StringBuilder();
        List<Integer> origins = new ArrayList<>();
        int at = 0;
        while (at < original.length()) {
            int end = endOfCluster(original, at);
            for (char c : fold(original.substring(at, end)).toCharArray()) {
                boolean space =
                        Character.isWhitespace(c)
                                || Character.isSpaceChar(c)
                                || Character.isISOControl(c);
                if (!space) {
                    text.append(c);
                    origins.add(at);
                } else if (!text.isEmpty() && text.charAt(text.length() - 1) != ' ') {
                    text.append(' ');
                    origins.add(at);
                }
            }
            at = end;
        }
        return new NormalForm(text.toString(), origins);
    }

    /// An ASCII character before another is a cluster of its own; anything else takes along what
    /// follows and belongs to it.
    private static int endOfCluster(String original, int start) {
        int end = start + Character.charCount(original.codePointAt(start));
        boolean alone =
                original.charAt(start) < 0x80
                        && (end == original.length() || original.charAt(end) < 0x80);
        while (!alone && end < original.length() && belongs(original.codePointAt(end))) {
            end += Character.charCount(original.codePointAt(end));
        }
        return end;
    }

    private static boolean belongs(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.NON_SPACING_MARK
                || type == Character.ENCLOSING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || isInvisible(codePoint)
                || (codePoint >= 0x1160 && codePoint <= 0x11FF);
    }

    private static boolean isInvisible(int codePoint) {
        return Character.getType(codePoint) == Character.FORMAT
                || (codePoint >= 0xFE00 && codePoint <= 0xFE0F)
                || (codePoint >= 0xE0000 && codePoint <= 0xE0FFF)
                || List.of(0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0).contains(codePoint);
    }

    private static String fold(String cluster) {
        StringBuilder visible = new StringBuilder();
        cluster.codePoints()
                .filter(codePoint -> !isInvisible(codePoint))
                .forEach(visible::appendCodePoint);
        return Normalizer.normalize(visible, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    /// Where a phrase, in normal form itself, begins; all places, overlapping ones too.
    List<Integer> occurrences(String phrase, boolean wholeWords) {
        List<Integer> found = new ArrayList<>();
        for (int at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
            if (!wholeWords || (isFreeBefore(at) && isFreeAfter(at + phrase.length()))) {
                found.add(at);
            }
        }
        return found;
    }

    private boolean isFreeBefore(int at) {
        return at == 0 || !Character.isLetterOrDigit(text.codePointBefore(at));
    }

    private boolean isFreeAfter(int at) {
        return at == text.length() || !Character.isLetterOrDigit(text.codePointAt(at));
    }

    /// The place in the original of the characters from `first` to before `end`.
    Span span(int message, int first, int end) {
        return new Span(message, origins.get(first), origins.get(end - 1) + 1);
    }

    /// A phrase in the form in which it is looked for.
    static String phrase(String text) {
        return of(text).text().strip();
    }

    /// @param message index of the message; -1 when the finding is not about text
    record Span(int message, int start, int end) {
        static final Span NONE = new Span(-1, -1, -1);
    }
}
