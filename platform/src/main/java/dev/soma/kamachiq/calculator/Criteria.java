package dev.soma.kamachiq.calculator;

import dev.soma.kamachiq.calculator.Calculator.Condition;
import dev.soma.kamachiq.calculator.Calculator.Input;
import dev.soma.kamachiq.calculator.Oracle.Expected;
import dev.soma.kamachiq.gate.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a calculator's program is checked by from the outside: every question belongs to the
/// requirement that it shows.
public final class Criteria {
    private Criteria() {}

    public static List<Check> of(Calculator calculator, List<List<String>> examples) {
        List<Check> checks = new ArrayList<>();
        for (List<String> question : Delivery.questions(calculator, examples)) {
            Expected expected = Oracle.answer(calculator, question);
            String criterion =
                    examples.contains(question)
                            ? "example " + question
                            : criterion(calculator, question, expected);
            checks.add(
                    new Check(
                            criterion,
                            question,
                            expected.output(),
                            expected.errors(),
                            expected.exit()));
        }
        return checks;
    }

    private static String criterion(
            Calculator calculator, List<String> question, Expected expected) {
        if (question.equals(List.of("--help"))) {
            return "help";
        }
        for (Map.Entry<Condition, Calculator.Answer> failure : calculator.failures().entrySet()) {
            String line = failure.getValue().text() + "\n";
            if ((expected.output() + expected.errors()).equals(line)) {
                return failure.getKey().words();
            }
        }
        return calculator.input() == Input.SUBCOMMAND
                ? question.getFirst()
                : calculator.operations().stream()
                        .filter(operation -> question.getFirst().contains(operation.symbol()))
                        .map(Operation::word)
                        .reduce((one, last) -> last)
                        .orElse("numbers");
    }
}
