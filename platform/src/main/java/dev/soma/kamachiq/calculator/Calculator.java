package dev.soma.kamachiq.calculator;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// What a calculator is to do; nothing about it is left open.
///
/// @param name of the program and its module, `^[a-z][a-z0-9_]{1,30}$`
/// @param operations at least one
/// @param failures an answer for every [Condition]
public record Calculator(
        String name,
        Set<Operation> operations,
        Input input,
        Output output,
        Map<Condition, Answer> failures) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{1,30}");

    public Calculator {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'%s' is no name of a program".formatted(name));
        }
        if (operations.isEmpty() || failures.size() != Condition.values().length) {
            throw new IllegalArgumentException(
                    "a calculator calculates, and answers every failure");
        }
        operations = java.util.Collections.unmodifiableSet(EnumSet.copyOf(operations));
        failures = java.util.Collections.unmodifiableMap(new EnumMap<>(failures));
    }

    /// What it says when it is asked for help.
    public String usage() {
        String known =
                operations.stream()
                        .map(
                                operation ->
                                        input == Input.EXPRESSION
                                                ? operation.symbol()
                                                : operation.word())
                        .collect(java.util.stream.Collectors.joining(" "));
        return switch (input) {
            case EXPRESSION -> "usage: %s EXPRESSION\noperations: %s ( )".formatted(name, known);
            case SUBCOMMAND -> "usage: %s OPERATION A B\noperations: %s".formatted(name, known);
        };
    }

    /// How it is asked.
    public enum Input {
        /// One argument such as `1 + 2 * 3`.
        EXPRESSION,
        /// Three arguments such as `add 1 2`.
        SUBCOMMAND
    }

    /// How it answers.
    public sealed interface Output {
        /// For people.
        String words();

        /// A whole number as it is, any other with up to six decimals, rounded half to even.
        record Plain() implements Output {
            @Override
            public String words() {
                return "a whole number as it is, any other with up to six decimals";
            }
        }

        /// @param decimals 0 to 30, rounded half to even
        record Fixed(int decimals) implements Output {
            public Fixed {
                if (decimals < 0 || decimals > 30) {
                    throw new IllegalArgumentException("0 to 30 decimals");
                }
            }

            @Override
            public String words() {
                return "with %d decimals".formatted(decimals);
            }
        }

        /// `{"result": 3}`, the number as plain.
        record Json() implements Output {
            @Override
            public String words() {
                return "as {\"result\": number}";
            }
        }

        /// `1/3`, in lowest terms.
        record Fraction() implements Output {
            @Override
            public String words() {
                return "as a fraction in lowest terms";
            }
        }
    }

    /// What can be wrong with a question.
    public enum Condition {
        DIVISION_BY_ZERO("division by zero"),
        UNKNOWN_OPERATION("unknown operation"),
        BAD_INPUT("bad input");

        private final String words;

        Condition(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /// What is said of a failure.
    ///
    /// @param text one line, without its end; printable
    /// @param exit 0 to 125
    public record Answer(Stream stream, String text, int exit) {
        public Answer {
            if (exit < 0 || exit > 125) {
                throw new IllegalArgumentException("an exit code is 0 to 125");
            }
        }

        /// For people.
        public String words() {
            return "\"%s\" on %s, exit code %d"
                    .formatted(
                            text,
                            stream == Stream.OUTPUT ? "standard output" : "standard error",
                            exit);
        }
    }

    public enum Stream {
        OUTPUT,
        ERRORS
    }

    /// Failures as they are told when nothing else is asked for: on standard error, exit code 2.
    public static Map<Condition, Answer> usualFailures() {
        EnumMap<Condition, Answer> failures = new EnumMap<>(Condition.class);
        for (Condition condition : Condition.values()) {
            failures.put(condition, new Answer(Stream.ERRORS, "error: " + condition.words(), 2));
        }
        return failures;
    }
}
