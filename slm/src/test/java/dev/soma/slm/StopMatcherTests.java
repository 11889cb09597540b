package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopMatcherTests {
    private static final List<String> STOPS = List.of("abab", "ba!", "c");

    /// The law: however a text is cut into pieces, the shown text is what one piece shows.
    @Test
    void everyCuttingShowsTheSame() {
        for (String text :
                List.of("xababy", "aaababab", "abba!abab", "abaxab", "bacab", "xyz", "")) {
            String expected = oracle(text);
            int cuts = Math.max(0, text.length() - 1);
            for (int mask = 0; mask < 1 << cuts; mask++) {
                assertThat(shown(text, mask)).as(text + " " + mask).isEqualTo(expected);
            }
        }
    }

    /// The stop that is complete first wins; among those, the one that begins first.
    private static String oracle(String text) {
        for (int end = 1; end <= text.length(); end++) {
            String seen = text.substring(0, end);
            int first =
                    STOPS.stream().mapToInt(seen::indexOf).filter(at -> at >= 0).min().orElse(-1);
            if (first >= 0) {
                return text.substring(0, first);
            }
        }
        return text;
    }

    private static String shown(String text, int mask) {
        StopMatcher matcher = new StopMatcher(STOPS);
        StringBuilder shown = new StringBuilder();
        int from = 0;
        for (int i = 1; i <= text.length(); i++) {
            if (i == text.length() || (mask & (1 << (i - 1))) != 0) {
                shown.append(matcher.feed(text.substring(from, i)));
                from = i;
            }
        }
        return shown.append(matcher.rest()).toString();
    }
}
