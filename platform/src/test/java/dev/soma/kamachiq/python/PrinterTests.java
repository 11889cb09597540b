package dev.soma.kamachiq.python;

import static dev.soma.kamachiq.python.Python.call;
import static dev.soma.kamachiq.python.Python.is;
import static dev.soma.kamachiq.python.Python.name;
import static dev.soma.kamachiq.python.Python.number;
import static dev.soma.kamachiq.python.Python.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.kamachiq.python.Expression.Binary;
import dev.soma.kamachiq.python.Expression.Constant;
import dev.soma.kamachiq.python.Expression.Negated;
import dev.soma.kamachiq.python.Expression.Not;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.Module;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrinterTests {
    @TempDir private Path folder;

    private String run(List<Expression> printed) throws Exception {
        Module module =
                new Module(
                        "",
                        printed.stream()
                                .<Statement>map(
                                        value -> new Do(call("print", call("ascii", value))))
                                .toList(),
                        Optional.empty());
        Path file = Files.writeString(folder.resolve("printed.py"), Printer.print(module));
        Process process =
                new ProcessBuilder("/usr/bin/python3", "-I", "-B", file.toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /// The tree that Python itself reads from the printed text, with every operand in parentheses.
    private static String whole(Expression expression) {
        return switch (expression) {
            case Binary(Expression left, Operator operator, Expression right) ->
                    "(%s %s %s)".formatted(whole(left), operator.symbol, whole(right));
            case Negated(Expression value) -> "(-%s)".formatted(whole(value));
            case Not(Expression value) -> "(not %s)".formatted(whole(value));
            default -> inner(expression);
        };
    }

    private static String inner(Expression expression) {
        String module =
                Printer.print(new Module("", List.of(new Do(expression)), Optional.empty()));
        return module.strip();
    }

    private static Expression random(Random random, int depth) {
        if (depth == 0) {
            return random.nextBoolean()
                    ? number(random.nextInt(9) - 4)
                    : new Constant(random.nextBoolean() ? "True" : "False");
        }
        Operator[] operators = {
            Operator.OR,
            Operator.AND,
            Operator.LESS,
            Operator.EQUAL,
            Operator.PLUS,
            Operator.MINUS,
            Operator.TIMES
        };
        return switch (random.nextInt(5)) {
            case 0 -> new Negated(random(random, depth - 1));
            case 1 -> new Not(random(random, depth - 1));
            default ->
                    is(
                            random(random, depth - 1),
                            operators[random.nextInt(operators.length)],
                            random(random, depth - 1));
        };
    }

    @Test
    void parenthesesStandWhereTheyAreNeeded() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Expression> values = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            Expression tree = random(random, 4);
            values.add(is(call("eval", text(whole(tree))), Operator.EQUAL, tree));
        }
        assertThat(run(values).lines()).as("seed %d", seed).hasSize(2_000).containsOnly("True");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "\"\"\"",
                "\\\"",
                "'; import os; os.system('x')",
                "\n\r\t\u0000\u001b",
                "\u202e\u2028",
                "\ud83d\ude00 \u00e9",
                "\\N{BULLET} \\x41 {0} %s"
            })
    void noTextEndsItsQuotes(String hostile) throws Exception {
        Module module =
                new Module(
                        hostile,
                        List.of(new Do(call("print", call("ascii", text(hostile))))),
                        Optional.empty());
        assertThat(Printer.print(module).chars())
                .allMatch(c -> c == '\n' || (c >= ' ' && c <= '~'));
        StringBuilder expected = new StringBuilder();
        String output =
                run(List.of(text(hostile), is(text(hostile), Operator.EQUAL, text(hostile))));
        hostile.codePoints().forEach(c -> expected.append(c).append(','));
        String points = run(List.of(call("list", call("map", name("ord"), text(hostile)))));
        assertThat(output).contains("True");
        assertThat(points.strip().replaceAll("[\\[\\] ]", ""))
                .isEqualTo(expected.toString().replaceAll(",$", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "class", "a b", "a;b", "1a", "a-b", "caf\u00e9", "None", "a\nb"})
    void aNameIsAnIdentifierAndNoKeyword(String hostile) {
        assertThatThrownBy(() -> name(hostile)).isInstanceOf(IllegalArgumentException.class);
    }
}
