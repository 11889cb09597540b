package dev.soma.kamachiq.calculator;

import dev.soma.kamachiq.calculator.Calculator.Answer;
import dev.soma.kamachiq.calculator.Calculator.Condition;
import dev.soma.kamachiq.calculator.Calculator.Input;
import dev.soma.kamachiq.calculator.Calculator.Output;
import dev.soma.kamachiq.calculator.Calculator.Stream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a calculator has to answer, worked out in exact fractions and apart from any program: this
/// one reads by binding powers and knows nothing of the library's Python. Signs bind as in Python:
/// `**` closest and to the right, then a sign before a number, then `* / %`, then `+ -`.
public final class Oracle {
    /// Characters of a question.
    public static final int MAX_LENGTH = 1_000;

    /// Parentheses and signs within each other.
    public static final int MAX_DEPTH = 50;

    /// Of a power, either way.
    public static final int MAX_EXPONENT = 1_000;

    /// Bits of a number, above and below the line.
    public static final int MAX_BITS = 4_096;

    /// Decimals of a plain number.
    public static final int PLAIN_DECIMALS = 6;

    private static final Pattern TOKEN =
            Pattern.compile("[ \t]*(?:([0-9]+(?:\\.[0-9]+)?)|(\\*\\*|[-+*/%^()]))");
    private static final Pattern OPERAND = Pattern.compile("-?[0-9]+(?:\\.[0-9]+)?");

    private final Calculator calculator;
    private final List<String> tokens = new ArrayList<>();
    private int at;

    private Oracle(Calculator calculator) {
        this.calculator = calculator;
    }

    /// Why a question has no result.
    private static final class Failed extends Exception {
        private static final long serialVersionUID = 1;
        private final Condition condition;

        Failed(Condition condition) {
            super(condition.words(), null, false, false);
            this.condition = condition;
        }
    }

    /// What a program prints and ends with.
    public record Expected(String output, String errors, int exit) {}

    /// @param arguments of the program, after its name
    public static Expected answer(Calculator calculator, List<String> arguments) {
        if (arguments.equals(List.of("-h")) || arguments.equals(List.of("--help"))) {
            return new Expected(calculator.usage() + "\n", "", 0);
        }
        Oracle oracle = new Oracle(calculator);
        try {
            Rational result =
                    calculator.input() == Input.EXPRESSION
                            ? oracle.expression(arguments)
                            : oracle.subcommand(arguments);
            return new Expected(format(calculator.output(), result) + "\n", "", 0);
        } catch (Failed failed) {
            Answer answer = calculator.failures().get(failed.condition);
            if (answer == null) {
                throw new IllegalStateException("every failure has an answer", failed);
            }
            String line = answer.text() + "\n";
            return answer.stream() == Stream.OUTPUT
                    ? new Expected(line, "", answer.exit())
                    : new Expected("", line, answer.exit());
        }
    }

    private Rational subcommand(List<String> arguments) throws Failed {
        if (arguments.isEmpty()) {
            throw new Failed(Condition.BAD_INPUT);
        }
        Optional<Operation> operation =
                calculator.operations().stream()
                        .filter(known -> known.word().equals(arguments.getFirst()))
                        .findFirst();
        if (operation.isEmpty()) {
            throw new Failed(Condition.UNKNOWN_OPERATION);
        }
        if (arguments.size() != 3) {
            throw new Failed(Condition.BAD_INPUT);
        }
        return apply(operation.get(), operand(arguments.get(1)), operand(arguments.get(2)));
    }

    private static Rational operand(String text) throws Failed {
        if (text.length() > MAX_LENGTH || !OPERAND.matcher(text).matches()) {
            throw new Failed(Condition.BAD_INPUT);
        }
        return text.startsWith("-") ? number(text.substring(1)).negate() : number(text);
    }

    private static Rational number(String text) throws Failed {
        int point = text.indexOf('.');
        int decimals = point < 0 ? 0 : text.length() - point - 1;
        return bounded(
                Rational.of(new BigInteger(text.replace(".", "")), BigInteger.TEN.pow(decimals)));
    }

    private Rational expression(List<String> arguments) throws Failed {
        if (arguments.size() != 1 || arguments.getFirst().length() > MAX_LENGTH) {
            throw new Failed(Condition.BAD_INPUT);
        }
        tokenize(arguments.getFirst());
        Node whole = parse(0, 0);
        if (at < tokens.size()) {
            throw new Failed(Condition.BAD_INPUT);
        }
        return evaluate(whole);
    }

    private void tokenize(String text) throws Failed {
        String rest = text.replaceAll("[ \t]+$", "");
        Matcher matcher = TOKEN.matcher(rest);
        int end = 0;
        while (end < rest.length()) {
            if (!matcher.find(end) || matcher.start() != end) {
                throw new Failed(Condition.BAD_INPUT);
            }
            String sign = matcher.group(2);
            tokens.add(sign == null ? matcher.group(1) : sign.equals("^") ? "**" : sign);
            end = matcher.end();
        }
    }

    private sealed interface Node {
        record Digits(String text) implements Node {}

        record Minus(Node value) implements Node {}

        record Applied(Operation operation, Node left, Node right) implements Node {}
    }

    private static int binding(Operation operation) {
        return switch (operation) {
            case ADD, SUBTRACT -> 1;
            case MULTIPLY, DIVIDE, MODULO -> 2;
            case POWER -> 4;
        };
    }

    private static final int SIGN = 3;

    private Node parse(int least, int depth) throws Failed {
        if (depth > MAX_DEPTH) {
            throw new Failed(Condition.BAD_INPUT);
        }
        Node left = operand(depth);
        while (at < tokens.size()) {
            String sign = tokens.get(at);
            Optional<Operation> operation =
                    List.of(Operation.values()).stream()
                            .filter(known -> known.symbol().equals(sign))
                            .findFirst();
            if (operation.isEmpty() || binding(operation.get()) < least) {
                return left;
            }
            if (!calculator.operations().contains(operation.get())) {
                throw new Failed(Condition.UNKNOWN_OPERATION);
            }
            at++;
            int next = operation.get() == Operation.POWER ? SIGN : binding(operation.get()) + 1;
            left = new Node.Applied(operation.get(), left, parse(next, depth + 1));
        }
        return left;
    }

    private Node operand(int depth) throws Failed {
        if (at == tokens.size()) {
            throw new Failed(Condition.BAD_INPUT);
        }
        String token = tokens.get(at++);
        if (token.equals("-")) {
            return new Node.Minus(parse(SIGN, depth + 1));
        }
        if (token.equals("(")) {
            Node inner = parse(0, depth + 1);
            if (at == tokens.size() || !tokens.get(at++).equals(")")) {
                throw new Failed(Condition.BAD_INPUT);
            }
            return inner;
        }
        if (!Character.isDigit(token.charAt(0))) {
            throw new Failed(Condition.BAD_INPUT);
        }
        return new Node.Digits(token);
    }

    private static Rational evaluate(Node node) throws Failed {
        return switch (node) {
            case Node.Digits(String text) -> number(text);
            case Node.Minus(Node value) -> evaluate(value).negate();
            case Node.Applied(Operation operation, Node left, Node right) ->
                    apply(operation, evaluate(left), evaluate(right));
        };
    }

    private static Rational apply(Operation operation, Rational left, Rational right)
            throws Failed {
        boolean divides = operation == Operation.DIVIDE || operation == Operation.MODULO;
        if (divides && right.isZero()) {
            throw new Failed(Condition.DIVISION_BY_ZERO);
        }
        return bounded(
                switch (operation) {
                    case ADD -> left.plus(right);
                    case SUBTRACT -> left.plus(right.negate());
                    case MULTIPLY -> left.times(right);
                    case DIVIDE -> left.dividedBy(right);
                    case MODULO -> left.modulo(right);
                    case POWER -> power(left, right);
                });
    }

    private static Rational power(Rational base, Rational exponent) throws Failed {
        BigInteger most = BigInteger.valueOf(MAX_EXPONENT);
        if (!exponent.isWhole() || exponent.numerator().abs().compareTo(most) > 0) {
            throw new Failed(Condition.BAD_INPUT);
        }
        if (base.isZero() && exponent.numerator().signum() < 0) {
            throw new Failed(Condition.DIVISION_BY_ZERO);
        }
        return base.power(exponent.numerator().intValueExact());
    }

    private static Rational bounded(Rational number) throws Failed {
        if (number.bits() > MAX_BITS) {
            throw new Failed(Condition.BAD_INPUT);
        }
        return number;
    }

    private static String format(Output output, Rational number) {
        return switch (output) {
            case Output.Plain() -> plain(number);
            case Output.Fixed(int decimals) -> fixed(number, decimals);
            case Output.Json() -> "{\"result\": %s}".formatted(plain(number));
            case Output.Fraction() ->
                    number.isWhole()
                            ? number.numerator().toString()
                            : number.numerator() + "/" + number.denominator();
        };
    }

    private static String fixed(Rational number, int decimals) {
        BigInteger scaled = number.scaled(decimals);
        String digits = scaled.abs().toString();
        String padded = "0".repeat(Math.max(0, decimals + 1 - digits.length())) + digits;
        int point = padded.length() - decimals;
        return (scaled.signum() < 0 ? "-" : "")
                + padded.substring(0, point)
                + (decimals == 0 ? "" : "." + padded.substring(point));
    }

    private static String plain(Rational number) {
        if (number.isWhole()) {
            return number.numerator().toString();
        }
        String text = fixed(number, PLAIN_DECIMALS).replaceAll("0+$", "");
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }
}
