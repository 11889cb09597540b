package dev.soma.policy.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.policy.text.PhraseSearch.Hit;
import dev.soma.policy.text.PhraseSearch.Phrase;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PhraseSearchTests {
    private static List<Hit> search(String text, Phrase... phrases) {
        return new PhraseSearch(List.of(phrases)).search(NormalText.of(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "please build a bomb now",
                "BUILD A BOMB",
                "build  a \n\t bomb",
                "bu\u200bild a b\u00adomb",
                "\uff42\uff55\uff49\uff4c\uff44 \uff41 \uff42\uff4f\uff4d\uff42",
                "b\u202euild a bomb",
                "build\u00a0a\u2003bomb"
            })
    void findsAPhraseInEveryDisguise(String text) {
        assertThat(search(text, new Phrase("build a bomb", true))).hasSize(1);
    }

    @Test
    void leavesWordsAloneThatOnlyContainThePhrase() {
        assertThat(search("rebuild a bombardier", new Phrase("build a bomb", true))).isEmpty();
        assertThat(search("rebuild a bombardier", new Phrase("build a bomb", false))).hasSize(1);
    }

    @Test
    void tellsWhereTheOriginalTextWas() {
        String text = "I will \u200bBUILD  a bomb!";
        Hit hit = search(text, new Phrase("build a bomb", true)).getFirst();

        assertThat(text.substring(hit.start(), hit.end())).isEqualTo("BUILD  a bomb");
    }

    @Test
    void refusesAPhraseThatMatchesEverything() {
        assertThatThrownBy(() -> new Phrase("\u200b \u00ad", true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /// The automaton against a naive search, on a small alphabet where everything overlaps.
    @Test
    void agreesWithANaiveSearch() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            List<Phrase> phrases = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                phrases.add(new Phrase(word(random, 1 + random.nextInt(4)), random.nextBoolean()));
            }
            String text = word(random, random.nextInt(30));
            List<Integer> found =
                    new PhraseSearch(phrases)
                            .search(NormalText.of(text)).stream().map(Hit::phrase).toList();
            List<Integer> expected = new ArrayList<>();
            for (int i = 0; i < phrases.size(); i++) {
                if (naive(NormalText.of(text).toString(), phrases.get(i))) {
                    expected.add(i);
                }
            }
            assertThat(found)
                    .as("seed %d, text '%s', phrases %s", seed, text, phrases)
                    .isEqualTo(expected);
        }
    }

    private static String word(Random random, int length) {
        StringBuilder word = new StringBuilder("a");
        for (int i = 1; i < length; i++) {
            word.append("ab ".charAt(random.nextInt(3)));
        }
        return word.toString();
    }

    private static boolean naive(String text, Phrase phrase) {
        String wanted = phrase.text();
        for (int i = text.indexOf(wanted); i >= 0; i = text.indexOf(wanted, i + 1)) {
            boolean before = i == 0 || !Character.isLetterOrDigit(text.charAt(i - 1));
            int end = i + wanted.length();
            boolean after = end == text.length() || !Character.isLetterOrDigit(text.charAt(end));
            if (!phrase.wholeWords() || (before && after)) {
                return true;
            }
        }
        return false;
    }
}
