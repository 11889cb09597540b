package dev.soma.policy.text;

import java.util.Arrays;
import java.util.OptionalInt;

/// Lets text through that no phrase is found in, while it arrives. What may still become part of a
/// phrase is held back, from the start of the longest beginning of one; nothing from the start of a
/// phrase ever leaves. However the text is cut into pieces, the same characters leave: those before
/// the phrase that ends first, and of several that end there, before the longest.
///
/// At most the longest phrase less one is held, the character after a phrase that has to be a whole
/// word, and what may still compose with the next character. No time releases anything. Not
/// thread-safe.
public final class StreamGuard {
    private static final int NONE = -1;

    private final PhraseSearch phrases;
    private final boolean onlyWords;
    private final boolean onlyAscii;
    private final Normal normal = new Normal();

    /// Characters of the normal form from `base` on, with their origins; older ones are forgotten.
    private char[] characters = new char[64];

    private int[] origins = new int[64];
    private int base;
    private int length;
    private int state;

    /// Phrases that end with the last character, and wait for the next: the first character of the
    /// longest one that would count in any case, and of the longest one that has to be a whole
    /// word.
    private int certain = NONE;

    private int certainPhrase = NONE;
    private int word = NONE;
    private int wordPhrase = NONE;

    /// Where those end.
    private int endOfWaiting = NONE;

    private int found = NONE;
    private int foundAt;

    /// Original text that has not left, and where it begins.
    private final StringBuilder held = new StringBuilder();

    private int left;

    private final class Normal extends NormalStream {
        @Override
        void add(char c, int origin) {
            if (found == NONE) {
                StreamGuard.this.add(c, origin);
            }
        }
    }

    public StreamGuard(PhraseSearch phrases) {
        this.phrases = phrases;
        this.onlyWords = phrases.onlyWords();
        this.onlyAscii = phrases.onlyAscii();
    }

    /// Takes a piece.
    ///
    /// @return what may leave; after a phrase was found, always empty
    public String feed(String piece) {
        if (found != NONE) {
            return "";
        }
        held.append(piece);
        normal.feed(piece);
        return release(found != NONE ? foundAt : safe());
    }

    /// The text has ended.
    ///
    /// @return what was held and may leave
    public String finish() {
        if (found != NONE) {
            return "";
        }
        normal.finish();
        settle(true);
        return release(found != NONE ? foundAt : normal.read());
    }

    /// The phrase that was found, by its index; nothing leaves any more then.
    public OptionalInt found() {
        return found == NONE ? OptionalInt.empty() : OptionalInt.of(found);
    }

    /// Characters that wait.
    public int waiting() {
        return held.length();
    }

    private String release(int until) {
        if (until <= left) {
            return "";
        }
        String released = held.substring(0, until - left);
        held.delete(0, until - left);
        left = until;
        return released;
    }

    /// Up to where nothing can become part of a phrase any more. A plain character that may still
    /// compose would become one beyond ASCII, so phrases without any see it as what it is.
    private int safe() {
        int next = onlyAscii ? normal.waiting() : -1;
        int end = next > 0 ? length + 1 : length;
        int first = end - live(next > 0 ? phrases.step(state, (char) next) : state, end);
        if (endOfWaiting != NONE) {
            first = Math.min(first, Math.min(orLength(certain), orLength(word)));
        }
        if (first < length) {
            return origin(first);
        }
        return first == end && next >= 0 ? normal.taken() : normal.read();
    }

    /// How many of the last characters may become a phrase.
    private int live(int from, int end) {
        int live = from;
        while (onlyWords && phrases.depth(live) > 0 && letterBefore(end - phrases.depth(live))) {
            live = phrases.shorter(live);
        }
        return phrases.depth(live);
    }

    private int orLength(int index) {
        return index == NONE ? length : index;
    }

    private void add(char c, int origin) {
        keep(c, origin);
        settle(false);
        if (found != NONE) {
            return;
        }
        state = phrases.step(state, c);
        int last = length - 1;
        phrases.ends(state, phrase -> ended(phrase, last));
    }

    /// The longest phrases come first, so the first of a kind is the one that begins first.
    private void ended(int phrase, int last) {
        int first = last - phrases.length(phrase) + 1;
        if (!phrases.wholeWords(phrase)) {
            if (certain == NONE) {
                certain = first;
                certainPhrase = phrase;
            }
        } else if (word == NONE && !letterBefore(first)) {
            word = first;
            wordPhrase = phrase;
        }
        if (certain != NONE || word != NONE) {
            endOfWaiting = last;
        }
    }

    /// Decides on what waits, once the next code point is known. The first half of a pair does not
    /// say yet.
    private void settle(boolean whole) {
        if (endOfWaiting == NONE) {
            return;
        }
        int next = endOfWaiting + 1;
        boolean half = next == length - 1 && Character.isHighSurrogate(character(next)) && !whole;
        if (half || (next == length && !whole)) {
            return;
        }
        boolean wordCounts = word != NONE && (next == length || !letterAt(next));
        if (wordCounts && (certain == NONE || word < certain)) {
            find(wordPhrase, word);
        } else if (certain != NONE) {
            find(certainPhrase, certain);
        }
        certain = NONE;
        word = NONE;
        endOfWaiting = NONE;
    }

    private void find(int phrase, int first) {
        found = phrase;
        foundAt = origin(first);
    }

    private boolean letterBefore(int index) {
        if (index == 0) {
            return false;
        }
        char before = character(index - 1);
        if (Character.isLowSurrogate(before)
                && index > 1
                && Character.isHighSurrogate(character(index - 2))) {
            return Character.isLetterOrDigit(Character.toCodePoint(character(index - 2), before));
        }
        return Character.isLetterOrDigit(before);
    }

    private boolean letterAt(int index) {
        char at = character(index);
        if (Character.isHighSurrogate(at)
                && index + 1 < length
                && Character.isLowSurrogate(character(index + 1))) {
            return Character.isLetterOrDigit(Character.toCodePoint(at, character(index + 1)));
        }
        return Character.isLetterOrDigit(at);
    }

    private char character(int index) {
        return characters[index - base];
    }

    private int origin(int index) {
        return origins[index - base];
    }

    /// Forgets what no phrase can reach back to, when there is no room.
    private void keep(char c, int origin) {
        if (length - base == characters.length) {
            int oldest = Math.max(base, length - phrases.longest() - 4);
            if (oldest - base < characters.length / 2) {
                characters = Arrays.copyOf(characters, characters.length * 2);
                origins = Arrays.copyOf(origins, origins.length * 2);
            }
            System.arraycopy(characters, oldest - base, characters, 0, length - oldest);
            System.arraycopy(origins, oldest - base, origins, 0, length - oldest);
            base = oldest;
        }
        characters[length - base] = c;
        origins[length - base] = origin;
        length++;
    }
}
