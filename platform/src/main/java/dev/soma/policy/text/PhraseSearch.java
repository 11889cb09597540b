package dev.soma.policy.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/// Finds any of many phrases in one pass, whatever their number (Aho and Corasick, CACM 18(6),
/// 1975). Immutable. The automaton lives in a few flat arrays, about 40 bytes a character of all
/// phrases.
public final class PhraseSearch {
    private static final int NONE = -1;

    private final List<Phrase> phrases;
    private final int[] lengths;
    private final int longest;
    private final boolean onlyWords;
    private final boolean onlyAscii;

    /// For each state: where to go on after a miss, the nearest shorter state in which a phrase
    /// ends, and the first phrase that ends here; `nextPhrase` chains phrases that are equal.
    private int[] fallback;

    private int[] shorterEnd;
    private int[] phraseEnd;
    private int[] depth = new int[1];
    private final int[] nextPhrase;
    private final Moves moves = new Moves();

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

    /// Hears of occurrences.
    @FunctionalInterface
    public interface Occurrences {
        /// @param phrase index in the list given
        /// @param first index of its first character in the normal text
        /// @param last index of its last one
        void found(int phrase, int first, int last);
    }

    public PhraseSearch(List<Phrase> phrases) {
        this.phrases = List.copyOf(phrases);
        int states = 1;
        this.lengths = new int[phrases.size()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = phrases.get(i).text().length();
            states += lengths[i];
        }
        this.longest = Arrays.stream(lengths).max().orElse(0);
        this.onlyWords = phrases.stream().allMatch(Phrase::wholeWords);
        this.onlyAscii =
                phrases.stream().allMatch(phrase -> phrase.text().chars().allMatch(c -> c < 0x80));
        this.nextPhrase = new int[phrases.size()];
        this.phraseEnd = new int[states];
        Arrays.fill(phraseEnd, NONE);
        int used = insertAll();
        this.phraseEnd = Arrays.copyOf(phraseEnd, used);
        this.fallback = new int[used];
        this.shorterEnd = new int[used];
        link(used);
    }

    private int insertAll() {
        int used = 1;
        for (int i = 0; i < lengths.length; i++) {
            String phrase = phrases.get(i).text();
            int state = 0;
            for (int at = 0; at < phrase.length(); at++) {
                int next = moves.get(state, phrase.charAt(at));
                if (next == NONE) {
                    next = used++;
                    moves.put(state, phrase.charAt(at), next);
                }
                state = next;
            }
            nextPhrase[i] = phraseEnd[state];
            phraseEnd[state] = i;
        }
        return used;
    }

    /// Breadth first, so that a shorter suffix is linked before what leans on it. A state's number
    /// is above its parent's, but not in the order of depth, hence the walk by layers.
    private void link(int used) {
        int[] parent = new int[used];
        char[] via = new char[used];
        depth = new int[used];
        moves.forEach(
                (from, c, to) -> {
                    parent[to] = from;
                    via[to] = c;
                });
        Integer[] order = new Integer[used];
        for (int state = 0; state < used; state++) {
            depth[state] = state == 0 ? 0 : depth[parent[state]] + 1;
            order[state] = state;
        }
        Arrays.sort(order, (a, b) -> Integer.compare(depth[a], depth[b]));
        for (int state : order) {
            if (state == 0) {
                shorterEnd[0] = NONE;
                continue;
            }
            int from = parent[state];
            fallback[state] = from == 0 ? 0 : step(fallback[from], via[state]);
            int suffix = fallback[state];
            shorterEnd[state] = phraseEnd[suffix] != NONE ? suffix : shorterEnd[suffix];
        }
    }

    /// The state after another character; 0 is the first.
    int step(int from, char c) {
        int state = from;
        while (true) {
            int next = moves.get(state, c);
            if (next != NONE) {
                return next;
            }
            if (state == 0) {
                return 0;
            }
            state = fallback[state];
        }
    }

    /// The state of the next shorter beginning of a phrase.
    int shorter(int state) {
        return fallback[state];
    }

    /// True when every phrase has to be whole words.
    boolean onlyWords() {
        return onlyWords;
    }

    /// True when no phrase has a character beyond ASCII.
    boolean onlyAscii() {
        return onlyAscii;
    }

    /// How many of the last characters are the longest beginning of a phrase.
    int depth(int state) {
        return depth[state];
    }

    /// Tells the phrases that end in a state, the longest first.
    void ends(int state, IntConsumer phrases) {
        int end = phraseEnd[state] != NONE ? state : shorterEnd[state];
        while (end != NONE) {
            for (int phrase = phraseEnd[end]; phrase != NONE; phrase = nextPhrase[phrase]) {
                phrases.accept(phrase);
            }
            end = shorterEnd[end];
        }
    }

    /// How many characters the longest phrase has.
    int longest() {
        return longest;
    }

    /// How many characters a phrase has in its normal form.
    int length(int phrase) {
        return lengths[phrase];
    }

    boolean wholeWords(int phrase) {
        return phrases.get(phrase).wholeWords();
    }

    /// Tells every occurrence, overlapping ones too, in the order of their ends.
    public void scan(NormalText text, Occurrences occurrences) {
        if (lengths.length == 0) {
            return;
        }
        int state = 0;
        for (int i = 0; i < text.length(); i++) {
            state = step(state, text.charAt(i));
            if (phraseEnd[state] == NONE && shorterEnd[state] == NONE) {
                continue;
            }
            int last = i;
            ends(
                    state,
                    phrase -> {
                        int first = last - lengths[phrase] + 1;
                        if (boundary(text, first, last, wholeWords(phrase))) {
                            occurrences.found(phrase, first, last);
                        }
                    });
        }
    }

    /// Tells the same occurrences by looking for one phrase after another, for checks of [#scan].
    public void scanPlainly(NormalText text, Occurrences occurrences) {
        String searched = text.toString();
        for (int i = 0; i < phrases.size(); i++) {
            Phrase phrase = phrases.get(i);
            int first = searched.indexOf(phrase.text());
            while (first >= 0) {
                int last = first + phrase.text().length() - 1;
                if (boundary(text, first, last, phrase.wholeWords())) {
                    occurrences.found(i, first, last);
                }
                first = searched.indexOf(phrase.text(), first + 1);
            }
        }
    }

    /// The first occurrence of each phrase, in the order of the phrases.
    public List<Hit> search(NormalText text) {
        List<Hit> hits = new ArrayList<>();
        scan(
                text,
                (phrase, first, last) -> {
                    if (hits.stream().noneMatch(hit -> hit.phrase() == phrase)) {
                        hits.add(new Hit(phrase, text.origin(first), text.origin(last) + 1));
                    }
                });
        hits.sort((a, b) -> Integer.compare(a.phrase(), b.phrase()));
        return hits;
    }

    /// Whole code points: half a surrogate pair is neither letter nor digit, the pair may be.
    private static boolean boundary(NormalText text, int start, int last, boolean wholeWords) {
        return !wholeWords
                || ((start == 0 || !Character.isLetterOrDigit(text.codePointBefore(start)))
                        && (last + 1 == text.length()
                                || !Character.isLetterOrDigit(text.codePointAt(last + 1))));
    }

    /// (state, character) to state, in one open-addressed table.
    private static final class Moves {
        private long[] keys = new long[64];
        private int[] targets = new int[64];
        private int size;

        private static long key(int state, char c) {
            // Never 0, which marks a free slot.
            return (((long) state << 16) | c) + 1;
        }

        private static int slot(long key, int mask) {
            return (int) ((key * 0x9e3779b97f4a7c15L) >>> 32) & mask;
        }

        int get(int state, char c) {
            long key = key(state, c);
            int mask = keys.length - 1;
            for (int i = slot(key, mask); keys[i] != 0; i = (i + 1) & mask) {
                if (keys[i] == key) {
                    return targets[i];
                }
            }
            return NONE;
        }

        void put(int state, char c, int target) {
            if (++size * 2 > keys.length) {
                grow();
            }
            insert(key(state, c), target);
        }

        private void insert(long key, int target) {
            int mask = keys.length - 1;
            int i = slot(key, mask);
            while (keys[i] != 0) {
                i = (i + 1) & mask;
            }
            keys[i] = key;
            targets[i] = target;
        }

        private void grow() {
            long[] oldKeys = keys;
            int[] oldTargets = targets;
            keys = new long[oldKeys.length * 2];
            targets = new int[oldKeys.length * 2];
            for (int i = 0; i < oldKeys.length; i++) {
                if (oldKeys[i] != 0) {
                    insert(oldKeys[i], oldTargets[i]);
                }
            }
        }

        void forEach(Edge edge) {
            for (int i = 0; i < keys.length; i++) {
                if (keys[i] != 0) {
                    long key = keys[i] - 1;
                    edge.is((int) (key >>> 16), (char) key, targets[i]);
                }
            }
        }
    }

    private interface Edge {
        void is(int from, char c, int to);
    }
}
