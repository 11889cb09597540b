package dev.soma.policy.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds any of many phrases in one pass, whatever their number (Aho and Corasick, CACM 18(6),
/// 1975). Immutable.
public final class PhraseSearch {
    private final List<Phrase> phrases;
    private final List<Map<Character, Integer>> moves = new ArrayList<>();
    private final List<int[]> ends = new ArrayList<>();
    private int[] fallback = new int[1];

    /// @param text what is searched for, in its own normal form
    /// @param wholeWords whether letters or digits may touch it on either side
    public record Phrase(String text, boolean wholeWords) {
        public Phrase {
            text = NormalText.of(text).toString().strip();
            if (text.isEmpty()) {
                throw new IllegalArgumentException(
                        "a phrase that matches everything is not a rule");
            }
        }
    }

    /// @param phrase index in the list given
    /// @param start where it starts in the original text
    /// @param end where it ends, exclusive
    public record Hit(int phrase, int start, int end) {}

    public PhraseSearch(List<Phrase> phrases) {
        this.phrases = List.copyOf(phrases);
        newState();
        for (int i = 0; i < phrases.size(); i++) {
            insert(phrases.get(i).text(), i);
        }
        link();
    }

    private int newState() {
        moves.add(new HashMap<>());
        ends.add(new int[0]);
        return moves.size() - 1;
    }

    private void insert(String phrase, int index) {
        int state = 0;
        for (int i = 0; i < phrase.length(); i++) {
            char c = phrase.charAt(i);
            Integer next = moves.get(state).get(c);
            if (next == null) {
                next = newState();
                moves.get(state).put(c, next);
            }
            state = next;
        }
        ends.set(state, append(ends.get(state), index));
    }

    private void link() {
        fallback = new int[moves.size()];
        ArrayDeque<Integer> queue = new ArrayDeque<>(moves.getFirst().values());
        while (!queue.isEmpty()) {
            int state = queue.remove();
            moves.get(state)
                    .forEach(
                            (c, next) -> {
                                int target = step(fallback[state], c);
                                fallback[next] = target;
                                for (int end : ends.get(target)) {
                                    ends.set(next, append(ends.get(next), end));
                                }
                                queue.add(next);
                            });
        }
    }

    private int step(int from, char c) {
        int state = from;
        while (true) {
            Integer next = moves.get(state).get(c);
            if (next != null) {
                return next;
            }
            if (state == 0) {
                return 0;
            }
            state = fallback[state];
        }
    }

    private static int[] append(int[] values, int value) {
        int[] longer = Arrays.copyOf(values, values.length + 1);
        longer[values.length] = value;
        return longer;
    }

    /// The first occurrence of each phrase, in the order of the phrases.
    public List<Hit> search(NormalText text) {
        Hit[] first = new Hit[phrases.size()];
        int state = 0;
        for (int i = 0; i < text.length(); i++) {
            state = step(state, text.charAt(i));
            for (int phrase : ends.get(state)) {
                int start = i - phrases.get(phrase).text().length() + 1;
                if (first[phrase] == null
                        && boundary(text, start, i, phrases.get(phrase).wholeWords())) {
                    first[phrase] = new Hit(phrase, text.origin(start), text.origin(i) + 1);
                }
            }
        }
        return Arrays.stream(first).filter(hit -> hit != null).toList();
    }

    private static boolean boundary(NormalText text, int start, int last, boolean wholeWords) {
        return !wholeWords
                || ((start == 0 || !Character.isLetterOrDigit(text.charAt(start - 1)))
                        && (last + 1 == text.length()
                                || !Character.isLetterOrDigit(text.charAt(last + 1))));
    }
}
