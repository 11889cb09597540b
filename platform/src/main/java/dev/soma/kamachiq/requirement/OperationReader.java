package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.calculator.Operation;
import dev.soma.kamachiq.requirement.Requirement.Kind;
import dev.soma.kamachiq.requirement.Requirement.Origin;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Reads which operations are asked for. A list of them is all there is; without one it is the four
/// of school, and `also` adds to these.
final class OperationReader {
    private static final Map<String, Operation> WORDS = Words.operations();
    private static final Map<String, Operation> OPERATIONS = operations();
    private static final Pattern BASIC =
            Pattern.compile(
                    "\\b(?:four )?basic (?:arithmetic )?operations\\b|\\bbasic arithmetic\\b");
    private static final Pattern NAMED =
            Pattern.compile(
                    "\\b(?:"
                            + String.join("|", WORDS.keySet())
                            + ")\\b"
                            + "|(?<=\\b)add\\b(?=\\s*(?:,|and|or)\\s*(?:subtract|multiply|divide))"
                            + "|(?<![\\w)])(?:\\*\\*|[-+*/%^])(?![\\w(])");
    private static final Pattern DENIAL =
            Pattern.compile("\\b(?:without|no|not|never|except|excluding|forbids?|forbidden)\\b");
    private static final Pattern AFFIRMATION =
            Pattern.compile("\\b(?:with|supports?|only|just|but with|and with|has|have|can)\\b");
    private static final Pattern ALSO =
            Pattern.compile(
                    "\\b(?:also|additionally|as well|too|in addition|extended with|extra)\\b");

    private final List<Requirement> requirements;
    private final List<Gap> gaps;
    private final Set<Operation> listed = EnumSet.noneOf(Operation.class);
    private final Set<Operation> added = EnumSet.noneOf(Operation.class);
    private final Map<Operation, Span> denied = new EnumMap<>(Operation.class);
    private final Map<Operation, Span> affirmed = new EnumMap<>(Operation.class);

    OperationReader(List<Requirement> requirements, List<Gap> gaps) {
        this.requirements = requirements;
        this.gaps = gaps;
    }

    /// By everything that [#NAMED] finds: words, signs, and `add` where it stands among others.
    private static Map<String, Operation> operations() {
        Map<String, Operation> operations = new HashMap<>(WORDS);
        for (Operation operation : Operation.values()) {
            operations.put(operation.symbol(), operation);
        }
        operations.put("^", Operation.POWER);
        operations.put("add", Operation.ADD);
        return Map.copyOf(operations);
    }

    void read(Sentence sentence) {
        boolean also = sentence.has(ALSO);
        sentence.understand(ALSO);
        for (MatchResult match : sentence.find(BASIC)) {
            sentence.understand(match);
            for (Operation operation : EnumSet.range(Operation.ADD, Operation.DIVIDE)) {
                listed.add(operation);
                add(Kind.OPERATION, operation, sentence.span(match));
            }
        }
        for (MatchResult match : sentence.find(NAMED)) {
            Operation operation = OPERATIONS.get(match.group());
            if (operation == null || sentence.isUnderstood(match)) {
                continue;
            }
            sentence.understand(match);
            if (sentence.isDenied(match, DENIAL, AFFIRMATION)) {
                denied.putIfAbsent(operation, sentence.span(match));
                add(Kind.FORBIDDEN, operation, sentence.span(match));
            } else {
                affirm(operation, sentence, match, also);
            }
        }
    }

    private void affirm(Operation operation, Sentence sentence, MatchResult match, boolean also) {
        (also ? added : listed).add(operation);
        if (affirmed.putIfAbsent(operation, sentence.span(match)) == null) {
            add(Kind.OPERATION, operation, sentence.span(match));
        }
    }

    private void add(Kind kind, Operation operation, Span span) {
        requirements.add(new Requirement(kind, operation.word(), Origin.PARSED, Optional.of(span)));
    }

    /// What it is to do; what is both asked for and forbidden becomes a gap.
    Set<Operation> wanted() {
        Set<Operation> wanted = EnumSet.noneOf(Operation.class);
        if (listed.isEmpty()) {
            wanted.addAll(EnumSet.range(Operation.ADD, Operation.DIVIDE));
            wanted.removeAll(denied.keySet());
            new ArrayList<>(wanted)
                    .forEach(
                            operation ->
                                    requirements.add(
                                            new Requirement(
                                                    Kind.OPERATION,
                                                    operation.word(),
                                                    Origin.ASSUMED,
                                                    Optional.empty())));
        }
        wanted.addAll(listed);
        wanted.addAll(added);
        for (var no : denied.entrySet()) {
            if (affirmed.containsKey(no.getKey())) {
                gaps.add(
                        new Gap(
                                Gap.Kind.CONFLICT,
                                no.getValue(),
                                no.getKey().word(),
                                "it is asked for and forbidden"));
            }
            wanted.remove(no.getKey());
        }
        return wanted;
    }
}
