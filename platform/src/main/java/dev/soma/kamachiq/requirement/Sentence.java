package dev.soma.kamachiq.requirement;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A sentence or an item of a list, with a note of which of its characters have been understood.
/// Not thread-safe.
final class Sentence {
    private static final Pattern WORD =
            Pattern.compile("[\\p{L}\\p{N}_]+(?:[-'][\\p{L}\\p{N}_]+)*");

    /// No further back than people look.
    private static final int LOOKS_BACK = 400;

    private final Source source;
    private final int start;
    private final String text;
    private final String lower;
    private final BitSet understood = new BitSet();

    /// A text with the number of bytes before each of its characters.
    private record Source(String name, String text, int[] bytes) {
        static Source of(String name, String text) {
            int[] bytes = new int[text.length() + 1];
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                // Each half of a pair stands for two of its four bytes.
                bytes[i + 1] =
                        bytes[i] + (c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3);
            }
            return new Source(name, text, bytes);
        }
    }

    private Sentence(Source source, int start, int end) {
        this.source = source;
        this.start = start;
        this.text = source.text().substring(start, end);
        this.lower = text.toLowerCase(Locale.ROOT);
    }

    /// Sentences end at a line's end, and at a full stop or its like before white space; what
    /// stands in quotes on one line stays whole.
    static List<Sentence> of(String name, String text) {
        Source source = Source.of(name, text);
        List<Sentence> sentences = new ArrayList<>();
        int start = 0;
        int i = 0;
        while (i < text.length()) {
            i = afterQuotes(text, i);
            if (i == text.length() || isEnd(text, i)) {
                add(sentences, source, start, i);
                start = i + 1;
            }
            i++;
        }
        add(sentences, source, start, text.length());
        return sentences;
    }

    private static void add(List<Sentence> sentences, Source source, int start, int end) {
        if (start < end) {
            sentences.add(new Sentence(source, start, end));
        }
    }

    private static boolean isEnd(String text, int at) {
        char c = text.charAt(at);
        boolean stop = c == '.' || c == '!' || c == '?' || c == ';';
        return c == '\n'
                || (stop
                        && (at + 1 == text.length()
                                || Character.isWhitespace(text.charAt(at + 1))));
    }

    /// The place after a quoted part that begins here, or this place.
    private static int afterQuotes(String text, int at) {
        char quote = text.charAt(at);
        if (quote != '`' && quote != '"') {
            return at;
        }
        for (int i = at + 1; i < text.length() && text.charAt(i) != '\n'; i++) {
            if (text.charAt(i) == quote) {
                return i + 1;
            }
        }
        return at;
    }

    /// In lower case.
    String lower() {
        return lower;
    }

    boolean has(Pattern pattern) {
        return pattern.matcher(lower).find();
    }

    /// Places where a pattern matches the text in lower case.
    List<MatchResult> find(Pattern pattern) {
        return pattern.matcher(lower).results().toList();
    }

    /// What stands at a match as it was written.
    String written(MatchResult match, int group) {
        return text.substring(match.start(group), match.end(group));
    }

    void understand(MatchResult match) {
        understood.set(match.start(), match.end());
    }

    /// Understands every place at which a pattern matches.
    void understand(Pattern pattern) {
        find(pattern).forEach(this::understand);
    }

    boolean isUnderstood(MatchResult match) {
        return understood.get(match.start());
    }

    /// Whether what stands here is forbidden, by the last word before it that says either.
    boolean isDenied(MatchResult match, Pattern denial, Pattern affirmation) {
        String before = lower.substring(Math.max(0, match.start() - LOOKS_BACK), match.start());
        return last(denial, before) > last(affirmation, before);
    }

    private static int last(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(MatchResult::start)
                .reduce(-1, (one, next) -> next);
    }

    Span span(MatchResult match) {
        return span(match.start(), match.end());
    }

    private Span span(int from, int to) {
        return new Span(source.name(), source.bytes()[start + from], source.bytes()[start + to]);
    }

    /// Words that nothing has understood, those beside each other together, but for words that name
    /// nothing.
    ///
    /// @param namingNothing words that ask for nothing by themselves
    Stream<Gap> leftOver(Set<String> namingNothing) {
        List<MatchResult> words =
                WORD.matcher(lower)
                        .results()
                        .filter(word -> !understood.get(word.start()))
                        .filter(word -> !namingNothing.contains(word.group()))
                        .toList();
        List<Gap> gaps = new ArrayList<>();
        int i = 0;
        while (i < words.size()) {
            int last = i;
            while (last + 1 < words.size() && isBeside(words.get(last), words.get(last + 1))) {
                last++;
            }
            int from = words.get(i).start();
            int to = words.get(last).end();
            gaps.add(
                    new Gap(
                            Gap.Kind.UNACCOUNTED,
                            span(from, to),
                            text.substring(from, to),
                            "the library knows nothing of this"));
            i = last + 1;
        }
        return gaps.stream();
    }

    private boolean isBeside(MatchResult one, MatchResult next) {
        return text.substring(one.end(), next.start()).isBlank();
    }
}
