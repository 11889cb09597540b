package dev.soma.kamachiq.calculator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.calculator.Calculator.Answer;
import dev.soma.kamachiq.calculator.Calculator.Condition;
import dev.soma.kamachiq.calculator.Calculator.Input;
import dev.soma.kamachiq.calculator.Calculator.Output;
import dev.soma.kamachiq.calculator.Calculator.Stream;
import dev.soma.kamachiq.calculator.Oracle.Expected;
import dev.soma.kamachiq.python.Mutants;
import dev.soma.kamachiq.python.Printer;
import dev.soma.kamachiq.python.Statement.Module;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The programs of the library against the oracle, on the real interpreter.
class CalculatorCapsuleTests {
    private static final List<Operation> OPERATIONS = List.of(Operation.values());
    private static final JsonMapper JSON = new JsonMapper();

    /// Runs a module's `main` on each list of arguments and prints what came of it, one JSON line
    /// each: one interpreter for a thousand questions.
    private static final String DRIVER =
            """
            import contextlib, importlib.util, io, json, sys
            spec = importlib.util.spec_from_file_location('program', sys.argv[1])
            program = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(program)
            for line in sys.stdin:
                out, err = io.StringIO(), io.StringIO()
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    code = program.main(json.loads(line))
                print(json.dumps([out.getvalue(), err.getvalue(), code]))
            """;

    @TempDir private Path folder;

    private static Map<Condition, Answer> jsonFailures() {
        Map<Condition, Answer> failures = new EnumMap<>(Condition.class);
        for (Condition condition : Condition.values()) {
            failures.put(
                    condition,
                    new Answer(
                            Stream.OUTPUT, "{\"error\": \"%s\"}".formatted(condition.words()), 0));
        }
        return failures;
    }

    private static Calculator calculator(
            Input input, Output output, Set<Operation> operations, boolean json) {
        return new Calculator(
                "calc",
                operations,
                input,
                output,
                json ? jsonFailures() : Calculator.usualFailures());
    }

    private static List<Calculator> calculators() {
        List<Calculator> all = new ArrayList<>();
        List<Set<Operation>> sets =
                List.of(
                        EnumSet.allOf(Operation.class),
                        EnumSet.range(Operation.ADD, Operation.DIVIDE),
                        EnumSet.of(Operation.ADD, Operation.MULTIPLY),
                        EnumSet.of(Operation.MODULO, Operation.POWER));
        List<Output> outputs =
                List.of(
                        new Output.Plain(),
                        new Output.Fixed(0),
                        new Output.Fixed(2),
                        new Output.Json(),
                        new Output.Fraction());
        for (Input input : Input.values()) {
            for (Output output : outputs) {
                for (Set<Operation> operations : sets) {
                    all.add(calculator(input, output, operations, output instanceof Output.Json));
                }
            }
        }
        return all;
    }

    private List<Expected> answers(Calculator calculator, List<List<String>> questions)
            throws IOException, InterruptedException {
        List<Expected> answers =
                answers(Printer.print(CalculatorCapsule.program(calculator)), questions);
        assertThat(answers).as(Files.readString(folder.resolve("log"))).hasSameSizeAs(questions);
        return answers;
    }

    /// @return fewer answers than questions when the program broke down
    private List<Expected> answers(String source, List<List<String>> questions)
            throws IOException, InterruptedException {
        Path program = Files.writeString(folder.resolve("calc.py"), source);
        Path asked = folder.resolve("asked");
        Files.write(asked, questions.stream().map(JSON::writeValueAsString).toList());
        Process process =
                new ProcessBuilder(
                                "/usr/bin/prlimit",
                                "--cpu=2",
                                "--as=1073741824",
                                "/usr/bin/python3",
                                "-I",
                                "-B",
                                "-c",
                                DRIVER,
                                program.toString())
                        .redirectInput(asked.toFile())
                        .redirectError(folder.resolve("log").toFile())
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        List<Expected> answers = new ArrayList<>();
        for (String line : output.lines().toList()) {
            JsonNode answer = JSON.readTree(line);
            answers.add(
                    new Expected(
                            answer.get(0).asString(),
                            answer.get(1).asString(),
                            answer.get(2).asInt(-1)));
        }
        return answers;
    }

    private void requireAgreement(Calculator calculator, List<List<String>> questions)
            throws Exception {
        List<Expected> answers = answers(calculator, questions);
        for (int i = 0; i < questions.size(); i++) {
            assertThat(answers.get(i))
                    .as("%s of %s", questions.get(i), calculator)
                    .isEqualTo(Oracle.answer(calculator, questions.get(i)));
        }
    }

    @ParameterizedTest
    @MethodSource("calculators")
    void theProgramAnswersAsTheOracleDoes(Calculator calculator) throws Exception {
        requireAgreement(calculator, Questions.of(calculator));
    }

    @Test
    void theProgramAnswersAnyQuestionAsTheOracleDoes() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Calculator calculator =
                calculator(
                        Input.EXPRESSION,
                        new Output.Fraction(),
                        EnumSet.allOf(Operation.class),
                        false);
        List<List<String>> questions = new ArrayList<>();
        for (int i = 0; i < 4_000; i++) {
            questions.add(List.of(i % 4 == 0 ? noise(random) : expression(random, 4)));
        }
        try {
            requireAgreement(calculator, questions);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static String noise(Random random) {
        String letters = "0123456789.+-*/%^() \tx";
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i >= 0; i--) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }

    private static String expression(Random random, int depth) {
        if (depth == 0 || random.nextInt(4) == 0) {
            return Integer.toString(random.nextInt(20)) + (random.nextInt(3) == 0 ? ".5" : "");
        }
        return switch (random.nextInt(6)) {
            case 0 -> "(" + expression(random, depth - 1) + ")";
            case 1 -> "-" + expression(random, depth - 1);
            default ->
                    expression(random, depth - 1)
                            + OPERATIONS.get(random.nextInt(OPERATIONS.size())).symbol()
                            + expression(random, depth - 1);
        };
    }

    /// A suite that notices less than 95 of a hundred faults is no proof.
    @ParameterizedTest
    @EnumSource
    void theQuestionsNoticeFaults(Input input) throws Exception {
        Calculator calculator =
                calculator(
                        input,
                        new Output.Fixed(2),
                        EnumSet.complementOf(EnumSet.of(Operation.MODULO)),
                        false);
        List<List<String>> questions = Questions.of(calculator);
        List<Expected> expected =
                questions.stream().map(asked -> Oracle.answer(calculator, asked)).toList();
        List<Module> mutants = Mutants.of(CalculatorCapsule.program(calculator));
        List<String> missed = new ArrayList<>();
        for (Module mutant : mutants) {
            if (answers(Printer.print(mutant), questions).equals(expected)) {
                missed.add(Printer.print(mutant));
            }
        }
        assertThat(mutants).hasSizeGreaterThan(80);
        assertThat(missed.size() * 20)
                .as(
                        "missed %d of %d:%n%s",
                        missed.size(), mutants.size(), difference(calculator, missed))
                .isLessThanOrEqualTo(mutants.size());
    }

    private static String difference(Calculator calculator, List<String> missed) {
        List<String> known = Printer.print(CalculatorCapsule.program(calculator)).lines().toList();
        StringBuilder told = new StringBuilder();
        for (String program : missed) {
            List<String> lines = program.lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                if (!lines.get(i).equals(known.get(i))) {
                    told.append(lines.get(i).strip())
                            .append("   (was ")
                            .append(known.get(i).strip())
                            .append(")\n");
                }
            }
        }
        return told.toString();
    }

    /// Another specification is another program: none passes for another's.
    @Test
    void noProgramPassesForAnother() throws Exception {
        List<Calculator> all = calculators();
        for (Calculator one : all) {
            List<List<String>> questions = Questions.of(one);
            List<Expected> expected =
                    questions.stream().map(asked -> Oracle.answer(one, asked)).toList();
            for (Calculator other : all) {
                List<Expected> others =
                        questions.stream().map(asked -> Oracle.answer(other, asked)).toList();
                assertThat(others.equals(expected))
                        .as("%s beside %s", one, other)
                        .isEqualTo(one.equals(other));
            }
        }
    }

    @Test
    void theSameCalculatorIsTheSameProgramAndAnyOtherAnother() {
        List<String> programs =
                calculators().stream()
                        .map(calculator -> Printer.print(CalculatorCapsule.program(calculator)))
                        .toList();
        assertThat(programs).doesNotHaveDuplicates();
        assertThat(
                        calculators().stream()
                                .map(
                                        calculator ->
                                                Printer.print(
                                                        CalculatorCapsule.program(calculator)))
                                .toList())
                .isEqualTo(programs);
    }

    @Test
    void resultsAreExact() {
        Calculator plain =
                calculator(
                        Input.EXPRESSION,
                        new Output.Plain(),
                        EnumSet.allOf(Operation.class),
                        false);
        Map<String, String> known =
                Map.of(
                        "0.1+0.2", "0.3",
                        "1/3", "0.333333",
                        "2/3", "0.666667",
                        "-7%2", "1",
                        "7%-2", "-1",
                        "-2**2", "-4",
                        "2**3**2", "512",
                        "10**30+1", "1000000000000000000000000000001",
                        "0.0000005", "0",
                        "0.0000015", "0.000002");
        known.forEach(
                (question, answer) ->
                        assertThat(Oracle.answer(plain, List.of(question)))
                                .as(question)
                                .isEqualTo(new Expected(answer + "\n", "", 0)));
    }
}
