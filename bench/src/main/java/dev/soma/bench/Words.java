package dev.soma.bench;

import java.util.List;

/// The text of a scripted answer: word k is the same in every answer of the same shape, and tells
/// its number, so a reader knows which frame is missing and a continuation joins without a seam.
final class Words {
    private static final List<String> ASCII =
            List.of(
                    "alpha", "bravo", "cargo", "delta", "ember", "field", "grain", "haven", "inlet",
                    "jolly");
    private static final List<String> WIDE =
            List.of(
                    "straße", "日本語", "naïve", "здание", "cafés", "한국어", "señor", "mañana", "œuvre",
                    "πάντα");
    private static final String PADDING = "abcdefghijklmnopqrstuvwxyz";

    private Words() {}

    /// Word `frame`, counted from 1, with its trailing space.
    static String word(Script script, int frame) {
        List<String> words = script.split() == ScriptKey.SplitMode.UTF8 ? WIDE : ASCII;
        StringBuilder word =
                new StringBuilder(24).append(words.get(frame % words.size())).append(frame);
        long letters = script.number(ScriptKey.FRAME_BYTES) - Chunks.ENVELOPE_BYTES - 1;
        while (word.length() < letters) {
            word.append(PADDING.charAt(word.length() % PADDING.length()));
        }
        return word.append(' ').toString();
    }

    static String text(Script script) {
        StringBuilder text = new StringBuilder();
        for (int frame = 1; frame <= script.frames(); frame++) {
            text.append(word(script, frame));
        }
        return text.toString();
    }

    /// How many frames an assistant message at the end of the request already carries, 0 when it is
    /// not this text.
    static int framesIn(Script script, String prefix) {
        int at = 0;
        for (int frame = 1; frame <= script.frames(); frame++) {
            String word = word(script, frame);
            if (!prefix.startsWith(word, at)) {
                return prefix.substring(at).equals(word.stripTrailing())
                        ? frame
                        : prefix.length() == at ? frame - 1 : 0;
            }
            at += word.length();
        }
        return prefix.length() == at ? script.frames() : 0;
    }

    static long count(String text) {
        long words = 0;
        boolean inside = false;
        for (int i = 0; i < text.length(); i++) {
            boolean blank = Character.isWhitespace(text.charAt(i));
            words += !blank && !inside ? 1 : 0;
            inside = !blank;
        }
        return words;
    }
}
