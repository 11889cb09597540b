package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.Calculator.Input;
import dev.soma.kamachiq.calculator.Calculator.Output;
import dev.soma.kamachiq.calculator.Operation;
import dev.soma.kamachiq.calculator.Oracle;
import dev.soma.kamachiq.requirement.Requirement.Kind;
import dev.soma.kamachiq.requirement.Requirement.Origin;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Reads specifications of calculators. Not thread-safe; one reader reads one specification.
final class CalculatorReader {
    private static final String USUAL_NAME = "calculator";
    private static final Pattern CALCULATOR = Pattern.compile("\\bcalculators?\\b");
    private static final Pattern DELIVERED =
            Pattern.compile(
                    "\\b(?:unit[- ]?tests?|tests?|read-?me(?:\\.md)?|documentation|docs|help(?: text| message)?"
                            + "|usage(?: text| message)?|parenthes[ie]s|brackets|(?:operator )?precedence"
                            + "|unary minus|negative numbers?|negation|decimal numbers?|integers?|whole numbers?"
                            + "|exact(?:ly)? (?:arithmetic|results?)|white ?space|spaces"
                            + "|standard library only|only the standard library|no dependencies"
                            + "|command[- ]line|python ?3?)\\b");
    private static final Pattern SUBCOMMAND = Pattern.compile("\\bsub-?commands?\\b");
    private static final Pattern EXPRESSION = Pattern.compile("\\bexpressions?\\b");
    private static final Pattern JSON = Pattern.compile("\\bjson\\b(?:\\s+objects?)?");
    private static final Pattern FRACTION =
            Pattern.compile(
                    "\\b(?:as (?:a )?|exact |reduced |in lowest )?(?:fractions?|lowest terms)\\b");
    private static final Pattern DECIMALS =
            Pattern.compile(
                    "\\b(?:rounded to |with |to )?(\\d{1,2}|no|one|two|three|four|five|six) decimal(?:s| places?| digits?)?\\b");
    private static final List<String> COUNTS =
            List.of("no", "one", "two", "three", "four", "five", "six");
    private static final Pattern EXAMPLE =
            Pattern.compile(
                    "`([^`]+)`\\s+(?:prints?|outputs?|answers?|returns?|gives?|shows?)\\s+(?:`([^`]*)`|(-?[0-9][0-9./]*))");

    private final Findings findings = new Findings();
    private final List<Example> examples = new ArrayList<>();
    private final Set<Output> outputs = new LinkedHashSet<>();
    private final Set<Input> inputs = EnumSet.noneOf(Input.class);
    private final OperationReader operations =
            new OperationReader(findings.requirements(), findings.gaps());
    private final FailureReader failures =
            new FailureReader(findings.requirements(), findings.gaps());

    private CalculatorReader() {}

    /// @param sources texts by what they are called
    static Reading read(Map<String, String> sources) {
        return new CalculatorReader().readAll(sources);
    }

    private Reading readAll(Map<String, String> sources) {
        boolean calculates = false;
        for (var source : sources.entrySet()) {
            for (Sentence sentence : Sentence.of(source.getKey(), source.getValue())) {
                calculates |= sentence.has(CALCULATOR);
                read(sentence);
            }
        }
        Optional<Calculator> calculator = calculates ? Optional.of(calculator()) : Optional.empty();
        calculator.ifPresent(this::compare);
        findings.sort();
        return new Reading(
                calculator, Optional.empty(), findings.requirements(), examples, findings.gaps());
    }

    private void read(Sentence sentence) {
        for (MatchResult match : sentence.find(EXAMPLE)) {
            example(sentence, match);
        }
        sentence.understand(DELIVERED);
        findings.names(sentence);
        if (!failures.read(sentence)) {
            output(sentence);
        }
        operations.read(sentence);
        input(sentence, SUBCOMMAND, Input.SUBCOMMAND);
        input(sentence, EXPRESSION, Input.EXPRESSION);
        sentence.leftOver(Words.NAMING_NOTHING).forEach(findings.gaps()::add);
    }

    private void example(Sentence sentence, MatchResult match) {
        sentence.understand(match);
        List<String> words = CommandLine.split(sentence.written(match, 1));
        int program = words.indexOf("python3") == 0 || words.indexOf("python") == 0 ? 1 : 0;
        if (words.size() <= program) {
            findings.unresolved(sentence, match, "the example names no program");
            return;
        }
        String output =
                match.group(2) == null ? sentence.written(match, 3) : sentence.written(match, 2);
        examples.add(
                new Example(
                        words.subList(program + 1, words.size()), output, sentence.span(match)));
        findings.requirements()
                .add(
                        new Requirement(
                                Kind.EXAMPLE,
                                "%s prints %s"
                                        .formatted(
                                                words.subList(program + 1, words.size()), output),
                                Origin.PARSED,
                                Optional.of(sentence.span(match))));
    }

    private void input(Sentence sentence, Pattern pattern, Input input) {
        for (MatchResult match : sentence.find(pattern)) {
            sentence.understand(match);
            if (inputs.add(input)) {
                findings.add(Kind.INPUT, input.name(), sentence, match);
            }
            if (inputs.size() > 1) {
                findings.conflict(sentence, match, "it is asked in another way already");
            }
        }
    }

    private void output(Sentence sentence) {
        sentence.find(JSON).forEach(match -> output(sentence, match, new Output.Json()));
        for (MatchResult match : sentence.find(DECIMALS)) {
            int counted = COUNTS.indexOf(match.group(1));
            int decimals = counted >= 0 ? counted : Integer.parseInt(match.group(1));
            if (decimals > 30) {
                sentence.understand(match);
                findings.unresolved(sentence, match, "at most 30 decimals are printed");
            } else {
                output(sentence, match, new Output.Fixed(decimals));
            }
        }
        sentence.find(FRACTION).forEach(match -> output(sentence, match, new Output.Fraction()));
    }

    private void output(Sentence sentence, MatchResult match, Output output) {
        sentence.understand(match);
        if (outputs.add(output)) {
            findings.add(Kind.OUTPUT, output.words(), sentence, match);
        }
        if (outputs.size() > 1) {
            findings.conflict(sentence, match, "results are printed in another way already");
        }
    }

    private Calculator calculator() {
        Set<Operation> wanted = operations.wanted();
        if (wanted.isEmpty()) {
            findings.missing(Gap.Kind.CONFLICT, "no operation is left that it could do");
            wanted = EnumSet.of(Operation.ADD);
        }
        return new Calculator(
                findings.name(USUAL_NAME),
                wanted,
                inputs.stream().findFirst().orElseGet(() -> assumed(Kind.INPUT, Input.EXPRESSION)),
                outputs.stream()
                        .findFirst()
                        .orElseGet(() -> assumed(Kind.OUTPUT, new Output.Plain())),
                failures.answers());
    }

    private <T> T assumed(Kind kind, T value) {
        String words = value instanceof Output output ? output.words() : value.toString();
        findings.assume(kind, words);
        return value;
    }

    /// An example that the rules contradict is told, not followed.
    private void compare(Calculator calculator) {
        for (Example example : examples) {
            Oracle.Expected expected = Oracle.answer(calculator, example.arguments());
            if (!expected.output().equals(example.output() + "\n")) {
                findings.gaps()
                        .add(
                                new Gap(
                                        Gap.Kind.CONFLICT,
                                        example.span(),
                                        example.output(),
                                        "by the rest of the specification it prints '%s'"
                                                .formatted(
                                                        (expected.output() + expected.errors())
                                                                .strip())));
            }
        }
    }
}
