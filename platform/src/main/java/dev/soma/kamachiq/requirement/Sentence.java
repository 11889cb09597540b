package dev.soma.kamachiq.requirement;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A sentence or an item of a list, with a note of which of its characters have been understood.
/// Not thread-safe.
final class Sentence {
    /// Quoted parts stay whole; a point ends a sentence only before white space.
    private static final Pattern ENDS =
            Pattern.compile("(?:`[^`\n]*`|\"[^\"\n]*\"|[^.!?;\n`\"]|[`\"]|[.!?;](?=\\S))+");

    private static final Pattern WORD =
            Pattern.compile("[\\p{L}\\p{N}_]+(?:[-'][\\p{L}\\p{N}_]+)*");

    private final String source;
    private final String whole;
    private final int start;
    private final String text;
    private final String lower;
    private final BitSet understood = new BitSet();

    private Sentence(String source, String whole, int start, String text) {
        this.source = source;
        this.whole = whole;
        this.start = start;
        this.text = text;
        this.lower = text.toLowerCase(Locale.ROOT);
    }

    static List<Sentence> of(String source, String whole) {
        List<Sentence> sentences = new ArrayList<>();
        Matcher matcher = ENDS.matcher(whole);
        while (matcher.find()) {
            sentences.add(new Sentence(source, whole, matcher.start(), matcher.group()));
        }
        return sentences;
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

    Span span(MatchResult match) {
        return span(match.start(), match.end());
    }

    private Span span(int from, int to) {
        int before = bytes(whole.substring(0, start + from));
        return new Span(source, before, before + bytes(text.substring(from, to)));
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /// Words that nothing has understood, those beside each other together, but for words that name
    /// nothing.
    Stream<Gap> leftOver() {
        List<MatchResult> words =
                WORD.matcher(lower)
                        .results()
                        .filter(word -> !understood.get(word.start()))
                        .filter(word -> !Words.NAMING_NOTHING.contains(word.group()))
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
