package dev.soma.kernel.json;

/// Writes strings into frames of JSON. Model text goes through here alone, so it can never break
/// out of its frame.
public final class JsonText {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private JsonText() {}

    /// Appends a JSON string; lone surrogates become U+FFFD.
    public static StringBuilder append(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c == 0x2028 || c == 0x2029) {
                control(out, c);
            } else if (Character.isSurrogate(c) && !paired(text, i)) {
                out.append('\uFFFD');
            } else {
                out.append(c);
            }
        }
        return out.append('"');
    }

    private static boolean paired(String text, int i) {
        char c = text.charAt(i);
        return Character.isHighSurrogate(c)
                ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }

    private static void control(StringBuilder out, char c) {
        switch (c) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default ->
                    out.append("\\u")
                            .append(HEX[c >>> 12])
                            .append(HEX[(c >>> 8) & 15])
                            .append(HEX[(c >>> 4) & 15])
                            .append(HEX[c & 15]);
        }
    }
}
