package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.Calculator.Answer;
import dev.soma.kamachiq.calculator.Calculator.Condition;
import dev.soma.kamachiq.calculator.Calculator.Stream;
import dev.soma.kamachiq.requirement.Requirement.Kind;
import dev.soma.kamachiq.requirement.Requirement.Origin;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Reads what is to happen when a question has no result. A sentence that names a condition may say
/// an exit code, a stream, a text in quotes, or JSON.
final class FailureReader {
    private static final Map<Condition, Pattern> CONDITIONS =
            Map.of(
                    Condition.DIVISION_BY_ZERO,
                    Pattern.compile("\\b(?:division|divisions|divide|dividing) by (?:zero|0)\\b"),
                    Condition.UNKNOWN_OPERATION,
                    Pattern.compile(
                            "\\b(?:an? )?(?:unknown|unsupported) (?:operations?|operators?|sub-?commands?)\\b"),
                    Condition.BAD_INPUT,
                    Pattern.compile(
                            "\\b(?:an? )?(?:invalid|malformed|bad|wrong) (?:input|expressions?|numbers?|arguments?)\\b|\\bsyntax errors?\\b"));
    private static final Pattern ANY =
            Pattern.compile(
                    "\\b(?:an? |any |all |every )?(?:errors?|failures?)\\b(?! output| stream)");
    private static final Pattern EXIT =
            Pattern.compile(
                    "\\b(?:exits?|exit code|exit status|ends?)(?: the program)?(?: is)?(?: with)?(?: an?| the)?(?: exit)?(?: codes?| status)? (\\d{1,9})\\b");
    private static final Pattern ERRORS =
            Pattern.compile(
                    "\\b(?:on |to )?(?:the )?(?:standard error(?: output| stream)?|stderr)\\b");
    private static final Pattern OUTPUT =
            Pattern.compile("\\b(?:on |to )?(?:the )?(?:standard output|stdout)\\b");
    private static final Pattern JSON = Pattern.compile("\\b(?:as )?json\\b(?: objects?)?");
    private static final Pattern TEXT = Pattern.compile("(?:\"([^\"]{1,200})\"|`([^`]{1,200})`)");
    private static final Pattern MANNER =
            Pattern.compile(
                    "\\b(?:messages?|reports?|reported|says?|text|writes?|written|cause[sd]?)\\b");
    private static final int MOST = 125;

    private final List<Requirement> requirements;
    private final List<Gap> gaps;
    private final Map<Condition, Answer> answers;
    private final Map<Condition, Integer> exits = new EnumMap<>(Condition.class);
    private final Set<Condition> told = EnumSet.noneOf(Condition.class);

    FailureReader(List<Requirement> requirements, List<Gap> gaps) {
        this.requirements = requirements;
        this.gaps = gaps;
        this.answers = new EnumMap<>(Calculator.usualFailures());
    }

    /// @return whether the sentence is about a failure
    boolean read(Sentence sentence) {
        Set<Condition> about = EnumSet.noneOf(Condition.class);
        for (var condition : CONDITIONS.entrySet()) {
            if (sentence.has(condition.getValue())) {
                about.add(condition.getKey());
                sentence.understand(condition.getValue());
            }
        }
        if (about.isEmpty() && sentence.has(ANY)) {
            about.addAll(EnumSet.allOf(Condition.class));
        }
        if (about.isEmpty()) {
            return false;
        }
        sentence.understand(ANY);
        sentence.understand(MANNER);
        Optional<Stream> stream = stream(sentence);
        boolean json = understand(sentence, JSON);
        Optional<String> text = text(sentence);
        Optional<Integer> exit = exit(sentence, about);
        for (Condition condition : about) {
            answers.computeIfPresent(
                    condition,
                    (known, usual) -> answer(condition, usual, stream, text, json, exit));
            told.add(condition);
            requirements.add(
                    new Requirement(
                            Kind.FAILURE, told(condition), Origin.PARSED, Optional.empty()));
        }
        return true;
    }

    private static Answer answer(
            Condition condition,
            Answer usual,
            Optional<Stream> stream,
            Optional<String> text,
            boolean json,
            Optional<Integer> exit) {
        String said =
                text.orElse(
                        json ? "{\"error\": \"%s\"}".formatted(condition.words()) : usual.text());
        Stream where = stream.orElse(json ? Stream.OUTPUT : usual.stream());
        return new Answer(where, said, exit.orElse(usual.exit()));
    }

    private static boolean understand(Sentence sentence, Pattern pattern) {
        boolean has = sentence.has(pattern);
        sentence.understand(pattern);
        return has;
    }

    private Optional<Stream> stream(Sentence sentence) {
        boolean errors = understand(sentence, ERRORS);
        boolean output = understand(sentence, OUTPUT);
        if (errors && output) {
            MatchResult match = sentence.find(OUTPUT).getFirst();
            gaps.add(
                    new Gap(
                            Gap.Kind.CONFLICT,
                            sentence.span(match),
                            sentence.written(match, 0),
                            "a failure is told on one stream"));
        }
        return errors
                ? Optional.of(Stream.ERRORS)
                : output ? Optional.of(Stream.OUTPUT) : Optional.empty();
    }

    private static Optional<String> text(Sentence sentence) {
        Optional<MatchResult> match = sentence.find(TEXT).stream().findFirst();
        match.ifPresent(sentence::understand);
        return match.map(quoted -> sentence.written(quoted, quoted.group(1) == null ? 2 : 1));
    }

    private Optional<Integer> exit(Sentence sentence, Set<Condition> about) {
        List<MatchResult> matches = sentence.find(EXIT);
        if (matches.isEmpty()) {
            return Optional.empty();
        }
        MatchResult match = matches.getFirst();
        sentence.understand(EXIT);
        int code = Integer.parseInt(match.group(1));
        if (code > MOST) {
            gaps.add(
                    new Gap(
                            Gap.Kind.UNRESOLVED,
                            sentence.span(match),
                            sentence.written(match, 0),
                            "an exit code of a program's own is 0 to 125"));
            return Optional.empty();
        }
        for (Condition condition : about) {
            Integer before = exits.put(condition, code);
            if ((before != null && before != code) || matches.size() > 1) {
                gaps.add(
                        new Gap(
                                Gap.Kind.CONFLICT,
                                sentence.span(match),
                                sentence.written(match, 0),
                                "%s ends with another exit code already"
                                        .formatted(condition.words())));
            }
        }
        return Optional.of(code);
    }

    /// What is said of each failure; what nobody said is assumed.
    Map<Condition, Answer> answers() {
        for (Condition condition : Condition.values()) {
            if (!told.contains(condition)) {
                requirements.add(
                        new Requirement(
                                Kind.FAILURE, told(condition), Origin.ASSUMED, Optional.empty()));
            }
        }
        return answers;
    }

    private String told(Condition condition) {
        Answer answer = answers.get(condition);
        return condition.words() + ": " + (answer == null ? "" : answer.words());
    }
}
