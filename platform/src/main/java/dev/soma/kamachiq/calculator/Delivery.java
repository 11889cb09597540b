package dev.soma.kamachiq.calculator;

import static dev.soma.kamachiq.python.Python.beside;
import static dev.soma.kamachiq.python.Python.call;
import static dev.soma.kamachiq.python.Python.member;
import static dev.soma.kamachiq.python.Python.name;
import static dev.soma.kamachiq.python.Python.names;
import static dev.soma.kamachiq.python.Python.number;
import static dev.soma.kamachiq.python.Python.text;

import dev.soma.kamachiq.calculator.Calculator.Answer;
import dev.soma.kamachiq.calculator.Calculator.Condition;
import dev.soma.kamachiq.calculator.Oracle.Expected;
import dev.soma.kamachiq.python.Expression;
import dev.soma.kamachiq.python.Expression.Binary;
import dev.soma.kamachiq.python.Expression.Brackets;
import dev.soma.kamachiq.python.Expression.Constant;
import dev.soma.kamachiq.python.Expression.Items;
import dev.soma.kamachiq.python.Expression.Named;
import dev.soma.kamachiq.python.Expression.NamedCall;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Expression.Spread;
import dev.soma.kamachiq.python.Printer;
import dev.soma.kamachiq.python.Statement;
import dev.soma.kamachiq.python.Statement.Assign;
import dev.soma.kamachiq.python.Statement.ClassOf;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.Function;
import dev.soma.kamachiq.python.Statement.Import;
import dev.soma.kamachiq.python.Statement.Module;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The files of a calculator: the program, its tests and what there is to read about it. Equal
/// calculators are equal files.
public final class Delivery {
    private static final String USUAL = "A calculator for the command line.";

    private Delivery() {}

    /// Text of each file by its path.
    ///
    /// @param examples arguments that the specification shows; they are tested too
    public static SortedMap<String, String> files(
            Calculator calculator, List<List<String>> examples) {
        return files(calculator, examples, USUAL);
    }

    /// @param introduction what [Introduction] lets pass
    public static SortedMap<String, String> files(
            Calculator calculator, List<List<String>> examples, String introduction) {
        SortedMap<String, String> files = new TreeMap<>();
        files.put(program(calculator), Printer.print(CalculatorCapsule.program(calculator)));
        files.put(tests(calculator), Printer.print(testModule(calculator, examples)));
        files.put("README.md", readme(calculator, introduction));
        return files;
    }

    /// Path of the program.
    public static String program(Calculator calculator) {
        return calculator.name() + ".py";
    }

    /// Path of its tests.
    public static String tests(Calculator calculator) {
        return "test_" + calculator.name() + ".py";
    }

    /// What is asked in the tests, one question each.
    public static List<List<String>> questions(Calculator calculator, List<List<String>> examples) {
        List<List<String>> questions = new ArrayList<>(Questions.of(calculator));
        questions.addAll(examples);
        return questions.stream().distinct().toList();
    }

    /// Names of the tests, in the order of the questions.
    public static List<String> testNames(Calculator calculator, List<List<String>> examples) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < questions(calculator, examples).size(); i++) {
            names.add("test_%03d".formatted(i));
        }
        return names;
    }

    private static Module testModule(Calculator calculator, List<List<String>> examples) {
        List<List<String>> questions = questions(calculator, examples);
        List<String> names = testNames(calculator, examples);
        List<Statement> tests = new ArrayList<>();
        tests.add(check());
        for (int i = 0; i < questions.size(); i++) {
            tests.add(test(names.get(i), calculator, questions.get(i)));
        }
        return new Module(
                "Runs the program as its users do.",
                List.of(
                        new Import(name("subprocess"), List.of()),
                        new Import(name("sys"), List.of()),
                        new Import(name("unittest"), List.of()),
                        new Import(name("pathlib"), names("Path")),
                        new Assign(name("PROGRAM"), beside(program(calculator))),
                        new ClassOf(
                                name("ProgramTests"),
                                member("unittest", "TestCase"),
                                "One run of the program for each question.",
                                tests)),
                Optional.of(call(member("unittest", "main"))));
    }

    private static Statement check() {
        Expression command =
                new Items(
                        List.of(
                                member("sys", "executable"),
                                name("PROGRAM"),
                                new Spread(name("arguments"))),
                        Brackets.LIST);
        Expression run =
                new NamedCall(
                        member("subprocess", "run"),
                        List.of(command),
                        List.of(
                                new Named(name("capture_output"), new Constant("True")),
                                new Named(name("text"), new Constant("True")),
                                new Named(name("check"), new Constant("False"))));
        return new Function(
                name("check"),
                names("self", "arguments", "output", "errors", "code"),
                "Run the program and compare all that it says.",
                List.of(
                        new Assign(name("done"), run),
                        equal("output", member("done", "stdout")),
                        equal("errors", member("done", "stderr")),
                        equal("code", member("done", "returncode"))));
    }

    private static Statement equal(String expected, Expression found) {
        return new Do(call(member("self", "assertEqual"), name(expected), found));
    }

    private static Statement test(String test, Calculator calculator, List<String> question) {
        Expected expected = Oracle.answer(calculator, question);
        return new Function(
                name(test),
                names("self"),
                "",
                List.of(
                        new Do(
                                call(
                                        member("self", "check"),
                                        new Items(
                                                question.stream().map(Delivery::value).toList(),
                                                Brackets.LIST),
                                        value(expected.output()),
                                        value(expected.errors()),
                                        number(expected.exit())))));
    }

    /// Long runs of one character are written as a product.
    private static Expression value(String text) {
        boolean repeats = text.length() > 60 && text.chars().distinct().count() == 1;
        return repeats
                ? new Binary(text(text.substring(0, 1)), Operator.TIMES, number(text.length()))
                : text(text);
    }

    private static String readme(Calculator calculator, String introduction) {
        String operations =
                calculator.operations().stream()
                        .map(
                                operation ->
                                        "- %s: `%s`\n"
                                                .formatted(
                                                        operation.word(),
                                                        sign(calculator, operation)))
                        .collect(Collectors.joining());
        StringBuilder failures = new StringBuilder();
        for (Condition condition : Condition.values()) {
            Answer answer = calculator.failures().get(condition);
            if (answer != null) {
                failures.append(
                        "| %s | %s | `%s` | %d |\n"
                                .formatted(
                                        condition.words(),
                                        answer.stream() == Calculator.Stream.OUTPUT
                                                ? "standard output"
                                                : "standard error",
                                        answer.text().replace("|", "\\|").replace("`", "'"),
                                        answer.exit()));
            }
        }
        return """
                # %1$s

                %6$s

                It calculates in exact fractions and needs nothing but Python 3.

                ## Usage

                ```
                %2$s
                ```

                Operations:

                %3$s
                ## When something is wrong

                | what | where it is said | what is said | exit code |
                |---|---|---|---|
                %4$s
                ## Tests

                ```
                python3 -m unittest %5$s
                ```
                """
                .formatted(
                        calculator.name(),
                        calculator.usage(),
                        operations,
                        failures,
                        tests(calculator).replaceAll("\\.py$", ""),
                        introduction);
    }

    private static String sign(Calculator calculator, Operation operation) {
        return calculator.input() == Calculator.Input.EXPRESSION
                ? operation.symbol()
                : operation.word();
    }
}
