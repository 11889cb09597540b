package dev.soma.kamachiq.calculator;

import dev.soma.kamachiq.calculator.Calculator.Input;
import java.util.ArrayList;
import java.util.List;

/// What a calculator is asked to show what it does: every operation with ordinary numbers and at
/// its
/// bounds, how closely signs bind, every way to be wrong. The same calculator is asked the same.
public final class Questions {
    private static final List<List<String>> PAIRS =
            List.of(
                    List.of("2", "3"),
                    List.of("7", "2"),
                    List.of("-7", "2"),
                    List.of("7", "-2"),
                    List.of("0", "5"),
                    List.of("0.5", "0.25"),
                    List.of("-0.1", "0.1"),
                    List.of("1", "3"),
                    List.of("2", "0"),
                    List.of("0", "0"),
                    List.of("100000000000000000000", "3"),
                    List.of("2.5", "1.5"));

    /// No expressions, or too large ones, or just not too large.
    private static final List<String> WRONG =
            List.of(
                    "(1",
                    "1)",
                    ")",
                    "()",
                    "1 2",
                    "1.",
                    ".5",
                    "1.2.3",
                    "x",
                    "1 & 2",
                    "1,5",
                    "1e3",
                    "+1",
                    "__import__('os')",
                    "\u0661",
                    "(".repeat(Oracle.MAX_DEPTH) + "1" + ")".repeat(Oracle.MAX_DEPTH),
                    "(".repeat(Oracle.MAX_DEPTH + 1) + "1" + ")".repeat(Oracle.MAX_DEPTH + 1),
                    "-".repeat(60) + "1",
                    "1" + " ".repeat(1_000),
                    "9".repeat(990),
                    "9".repeat(1_000));

    private Questions() {}

    /// Arguments of the program, one list for each time it is run.
    public static List<List<String>> of(Calculator calculator) {
        List<List<String>> questions = new ArrayList<>();
        questions.add(List.of("--help"));
        questions.add(List.of());
        if (calculator.input() == Input.EXPRESSION) {
            expressions(calculator).forEach(text -> questions.add(List.of(text)));
            questions.add(List.of("1", "2"));
        } else {
            questions.addAll(subcommands(calculator));
        }
        return List.copyOf(questions);
    }

    private static List<List<String>> subcommands(Calculator calculator) {
        List<List<String>> questions = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            if (calculator.operations().contains(operation)) {
                for (List<String> pair : PAIRS) {
                    questions.add(List.of(operation.word(), pair.getFirst(), pair.getLast()));
                }
            } else {
                questions.add(List.of(operation.word(), "2", "3"));
            }
        }
        String known = calculator.operations().iterator().next().word();
        for (String wrong : List.of("", "x", "1.", ".5", "1.2.3", "--1", "+1", "1e3", "-", " 1")) {
            questions.add(List.of(known, wrong, "2"));
            questions.add(List.of(known, "2", wrong));
        }
        questions.add(List.of(known));
        questions.add(List.of(known, "1"));
        questions.add(List.of(known, "1", "2", "3"));
        questions.add(List.of("nonesuch", "1", "2"));
        questions.add(List.of(known, "9".repeat(1_001), "2"));
        questions.add(List.of(known, "9".repeat(990), "1"));
        if (calculator.operations().contains(Operation.POWER)) {
            powers().forEach(pair -> questions.add(List.of("power", pair.get(0), pair.get(1))));
        }
        return questions;
    }

    private static List<List<String>> powers() {
        return List.of(
                List.of("2", "-1"),
                List.of("0", "-1"),
                List.of("2", "0.5"),
                List.of("2", "1000"),
                List.of("2", "1001"),
                List.of("1", "-1001"),
                List.of("99999", "999"));
    }

    private static List<String> expressions(Calculator calculator) {
        List<String> questions = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            List<List<String>> pairs =
                    calculator.operations().contains(operation) ? PAIRS : PAIRS.subList(0, 1);
            for (List<String> pair : pairs) {
                questions.add(pair.getFirst() + operation.symbol() + pair.getLast());
            }
        }
        if (calculator.operations().contains(Operation.POWER)) {
            powers().forEach(pair -> questions.add(pair.getFirst() + " ^ " + pair.getLast()));
            questions.addAll(List.of("2**3**2", "-2**2", "2**-1", "(-2)**2", "-0.5**-1"));
        }
        pairs(calculator, questions);
        String sign = calculator.operations().iterator().next().symbol();
        questions.addAll(
                List.of(
                        "",
                        " ",
                        "42",
                        "-42",
                        "--42",
                        "007",
                        "0.10",
                        "-0.01",
                        "0.005",
                        "0.015",
                        "-0.0000005",
                        "-0.0000015",
                        "(1)",
                        "((2))",
                        "\t3 ",
                        "3 %s 4".formatted(sign),
                        "(3%s4)%s5".formatted(sign, sign),
                        "3%s4%s5".formatted(sign, sign),
                        "3%s(4%s5)".formatted(sign, sign)));
        questions.add("1" + sign);
        questions.addAll(WRONG);
        return questions;
    }

    /// How closely each operation binds beside each other.
    private static void pairs(Calculator calculator, List<String> questions) {
        for (Operation one : calculator.operations()) {
            for (Operation other : calculator.operations()) {
                questions.add("9%s4%s2".formatted(one.symbol(), other.symbol()));
                questions.add("9%s-4%s2".formatted(one.symbol(), other.symbol()));
            }
        }
    }
}
