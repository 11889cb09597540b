package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.requirement.Requirement.Kind;
import dev.soma.kamachiq.requirement.Requirement.Origin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;

/// What a reader has found so far: what is asked for, what stays open, and what the program is
/// called. Not thread-safe.
final class Findings {
    private final List<Requirement> requirements = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private final Set<String> names = new TreeSet<>();

    List<Requirement> requirements() {
        return requirements;
    }

    List<Gap> gaps() {
        return gaps;
    }

    void add(Kind kind, String value, Sentence sentence, MatchResult match) {
        requirements.add(
                new Requirement(kind, value, Origin.PARSED, Optional.of(sentence.span(match))));
    }

    /// Nobody said so; it is told as an assumption.
    void assume(Kind kind, String value) {
        requirements.add(new Requirement(kind, value, Origin.ASSUMED, Optional.empty()));
    }

    void conflict(Sentence sentence, MatchResult match, String why) {
        gap(Gap.Kind.CONFLICT, sentence, match, why);
    }

    void unresolved(Sentence sentence, MatchResult match, String why) {
        gap(Gap.Kind.UNRESOLVED, sentence, match, why);
    }

    private void gap(Gap.Kind kind, Sentence sentence, MatchResult match, String why) {
        gaps.add(new Gap(kind, sentence.span(match), sentence.written(match, 0), why));
    }

    /// A gap of the text as a whole.
    void missing(Gap.Kind kind, String why) {
        gaps.add(new Gap(kind, new Span("text", 0, 0), "", why));
    }

    /// Reads what the program is called.
    void names(Sentence sentence) {
        for (MatchResult match : sentence.find(Names.CALLED)) {
            sentence.understand(match);
            String name = Names.of(sentence.written(match, 1));
            Optional<String> objection = Names.objection(name);
            if (objection.isPresent()) {
                unresolved(sentence, match, objection.get());
                continue;
            }
            names.add(name);
            add(Kind.NAME, name, sentence, match);
            if (names.size() > 1) {
                conflict(sentence, match, "the program has another name already");
            }
        }
    }

    /// @param usual what it is called where nobody says so
    String name(String usual) {
        if (names.isEmpty()) {
            assume(Kind.NAME, usual);
            return usual;
        }
        return names.iterator().next();
    }

    /// What is said first, then what is assumed.
    void sort() {
        requirements.sort(
                Comparator.comparing(requirement -> requirement.origin() == Origin.ASSUMED));
    }
}
