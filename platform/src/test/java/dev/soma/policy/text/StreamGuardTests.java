package dev.soma.policy.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.policy.text.PhraseSearch.Phrase;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The law of the guard: however a text is cut into pieces, what leaves is what a look at the whole
/// text would let through.
class StreamGuardTests {
    /// Whole words of ASCII alone, as most constitutions have them.
    private static final PhraseSearch WORDS =
            new PhraseSearch(
                    List.of(
                            new Phrase("make a bomb", true),
                            new Phrase("bomb", true),
                            new Phrase("b c", true),
                            new Phrase("aa", true)));

    private static final PhraseSearch PHRASES =
            new PhraseSearch(
                    List.of(
                            new Phrase("make a bomb", true),
                            new Phrase("bomb", true),
                            new Phrase("abc", false),
                            new Phrase("xabcd", true),
                            new Phrase("bc", false),
                            new Phrase("ﬁre", true),
                            new Phrase("é e", false),
                            new Phrase("𝒳𝒴", true),
                            new Phrase("aa", true)));

    /// What may leave of a text and the phrase that stopped the rest.
    private record Seen(String text, OptionalInt found) {}

    /// One look at the whole: the occurrence that ends first, of those that end there the longest.
    private static Seen oracle(PhraseSearch phrases, String text) {
        NormalText normal = NormalText.of(text);
        List<int[]> hits = new ArrayList<>();
        phrases.scan(normal, (phrase, first, last) -> hits.add(new int[] {last, first, phrase}));
        return hits.stream()
                .min(
                        (a, b) ->
                                a[0] != b[0]
                                        ? Integer.compare(a[0], b[0])
                                        : Integer.compare(a[1], b[1]))
                .map(
                        hit ->
                                new Seen(
                                        text.substring(0, normal.origin(hit[1])),
                                        OptionalInt.of(hit[2])))
                .orElse(new Seen(text, OptionalInt.empty()));
    }

    /// @param cuts bit i set: a new piece begins at character i + 1
    private static Seen streamed(PhraseSearch phrases, String text, long cuts) {
        StreamGuard guard = new StreamGuard(phrases);
        StringBuilder left = new StringBuilder();
        int from = 0;
        for (int i = 1; i <= text.length(); i++) {
            if (i == text.length() || (cuts >>> (i - 1) & 1) == 1) {
                left.append(guard.feed(text.substring(from, i)));
                assertThat(text).startsWith(left);
                from = i;
            }
        }
        return new Seen(left.append(guard.finish()).toString(), guard.found());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "make a bomb",
                "make a bombs",
                "a bomb!",
                "abombbomb bomb",
                "xabcd",
                "xabc",
                "xabcde",
                "xxabcd e",
                "Ab\u200bC",
                "b\u0301c bc",
                "B  \n C bomb",
                "BO\u00adMB",
                "e\u0301  e",
                "e\u0301 \u0301e",
                "é\tE",
                "\ufb01re",
                "fi\u200dre ",
                "x\ud835\udcb3\ud835\udcb4",
                "\ud835\udcb3\ud835\udcb4",
                "\ud835\udcb3\ud835\udcb4\ud835\udcb4",
                "aa \ud835",
                "bomb\udb40\udd00s",
                "aaa aa",
                "bomb\ud835\udc9c",
                ""
            })
    void anyCuttingLetsTheSameThrough(String text) {
        for (PhraseSearch phrases : List.of(PHRASES, WORDS)) {
            Seen expected = oracle(phrases, text);
            for (long cuts = 0; cuts < 1L << Math.max(0, text.length() - 1); cuts++) {
                assertThat(streamed(phrases, text, cuts))
                        .as("%s cut at %s", text, cuts)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void anyCuttingOfGeneratedTextsLetsTheSameThrough() {
        long seed = Long.getLong("soma.guard.seed", System.nanoTime());
        System.out.println("stream guard: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        String[] alphabet = {
            "a",
            "b",
            "c",
            "x",
            "d",
            "e",
            " ",
            "bomb",
            "make a ",
            "é",
            "e\u0301",
            "\u0301",
            "\u200b",
            "A",
            "B",
            "\n",
            "\ud835",
            "\udcb3",
            "\ud835\udcb3",
            "\ud835\udcb4",
            "ﬁ",
            "re",
            "aa",
            "\u1100",
            "\u1161",
            "ｂ",
            "."
        };
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            int parts = 1 + random.nextInt(i % 100 == 0 ? 2_000 : 12);
            for (int part = 0; part < parts; part++) {
                text.append(alphabet[random.nextInt(alphabet.length)]);
            }
            String whole = text.toString();
            PhraseSearch phrases = i % 2 == 0 ? PHRASES : WORDS;
            Seen expected = oracle(phrases, whole);
            for (int cutting = 0; cutting < 6; cutting++) {
                StreamGuard guard = new StreamGuard(phrases);
                StringBuilder left = new StringBuilder();
                int at = 0;
                while (at < whole.length()) {
                    int end = Math.min(whole.length(), at + 1 + random.nextInt(1 + cutting * 3));
                    left.append(guard.feed(whole.substring(at, end)));
                    at = end;
                }
                left.append(guard.finish());
                assertThat(new Seen(left.toString(), guard.found()))
                        .as("'%s' of seed %d", whole, seed)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void holdsBackNoMoreThanAPhraseCouldNeed() {
        StreamGuard guard = new StreamGuard(PHRASES);
        SplittableRandom random = new SplittableRandom(7);
        int most = 0;
        for (int i = 0; i < 10_000; i++) {
            guard.feed(random.nextInt(3) == 0 ? "make a bom " : "some words ");
            most = Math.max(most, guard.waiting());
        }
        assertThat(guard.found()).isEmpty();
        assertThat(most).isLessThanOrEqualTo("make a bomb".length());
    }

    @Test
    void aWordThatCannotBecomeAPhraseLeavesAtOnce() {
        StreamGuard guard = new StreamGuard(WORDS);
        assertThat(guard.feed("cab")).isEqualTo("cab");
        assertThat(guard.feed(" ")).isEqualTo(" ");
        assertThat(guard.feed("b")).isEmpty();
        assertThat(guard.feed("y")).isEqualTo("by");
    }

    @Test
    void nothingOfAPhraseLeavesBeforeItIsDecided() {
        StreamGuard guard = new StreamGuard(PHRASES);
        assertThat(guard.feed("how to make a bomb")).isEqualTo("how to ");
        assertThat(guard.feed("astic claim")).isEqualTo("make a bombastic claim".substring(0, 21));
        assertThat(guard.finish()).isEqualTo("m");
        assertThat(guard.found()).isEmpty();
    }
}
