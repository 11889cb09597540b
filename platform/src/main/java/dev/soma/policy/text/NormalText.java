package dev.soma.policy.text;

import java.util.Arrays;

/// A text in the form that phrases are searched in: NFKC, without characters that show nothing
/// (zero-width, bidi
/// controls, soft hyphen, variation selectors), lower case, runs of white space as one space. Knows
/// where each
/// character came from.
public final class NormalText extends NormalStream {
    private final StringBuilder text;
    private int[] origins;

    private NormalText(int expected) {
        this.text = new StringBuilder(expected);
        this.origins = new int[Math.max(16, expected)];
    }

    public static NormalText of(String original) {
        NormalText normal = new NormalText(original.length());
        normal.feed(original);
        normal.finish();
        return normal;
    }

    @Override
    void add(char c, int origin) {
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
