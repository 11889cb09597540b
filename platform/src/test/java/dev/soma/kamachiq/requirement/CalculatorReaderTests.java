package dev.soma.kamachiq.requirement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.Calculator.Answer;
import dev.soma.kamachiq.calculator.Calculator.Condition;
import dev.soma.kamachiq.calculator.Calculator.Input;
import dev.soma.kamachiq.calculator.Calculator.Output;
import dev.soma.kamachiq.calculator.Calculator.Stream;
import dev.soma.kamachiq.calculator.Operation;
import dev.soma.kamachiq.requirement.Requirement.Origin;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class CalculatorReaderTests {
    private static Reading read(String text) {
        byte[] spec =
                new JsonMapper()
                        .writeValueAsBytes(
                                Map.of(
                                        "id",
                                        "calc",
                                        "title",
                                        "Create Python CLI calculator",
                                        "text",
                                        text,
                                        "budget_tokens",
                                        1000,
                                        "timeout_minutes",
                                        15));
        SpecReading reading = SpecReader.read(spec);
        assertThat(reading).isInstanceOf(SpecReading.Read.class);
        return RequirementReader.read(((SpecReading.Read) reading).spec());
    }

    private static Calculator covered(String text) {
        Reading reading = read(text);
        assertThat(reading.gaps()).as(text).isEmpty();
        return reading.calculator().orElseThrow();
    }

    private static String operations(String text) {
        return covered(text).operations().stream()
                .map(Operation::word)
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "A command-line calculator. | add subtract multiply divide",
                "It supports addition and subtraction. | add subtract",
                "Support only addition and multiplication. | add multiply",
                "It does the basic arithmetic operations without division. | add subtract multiply",
                "Without division. | add subtract multiply",
                "It also supports power and modulo. | add subtract multiply divide modulo power",
                "It can add, subtract, multiply and divide. | add subtract multiply divide",
                "It supports + - and **. | add subtract power",
                "Addition, but no division; remainder too. | add modulo"
            })
    void operationsAreThoseThatAreNamed(String text, String operations) {
        assertThat(operations(text)).isEqualTo(operations.strip());
    }

    @Test
    void resultsArePrintedAsItSays() {
        assertThat(covered("A calculator.").output()).isEqualTo(new Output.Plain());
        assertThat(covered("Print the result as JSON.").output()).isEqualTo(new Output.Json());
        assertThat(covered("Results are printed with 2 decimals.").output())
                .isEqualTo(new Output.Fixed(2));
        assertThat(covered("Print results rounded to three decimal places.").output())
                .isEqualTo(new Output.Fixed(3));
        assertThat(covered("Print the result as a fraction.").output())
                .isEqualTo(new Output.Fraction());
    }

    @Test
    void failuresAreAnsweredAsItSays() {
        assertThat(covered("A calculator.").failures()).isEqualTo(Calculator.usualFailures());
        Calculator one =
                covered(
                        "Division by zero prints \"cannot divide\" to stderr and exits with code 3."
                                + " An unknown operation exits with code 64.");
        assertThat(one.failures())
                .containsEntry(
                        Condition.DIVISION_BY_ZERO, new Answer(Stream.ERRORS, "cannot divide", 3))
                .containsEntry(
                        Condition.UNKNOWN_OPERATION,
                        new Answer(Stream.ERRORS, "error: unknown operation", 64));
        Calculator json =
                covered("Errors are reported as JSON on standard output with exit code 0.");
        assertThat(json.failures())
                .containsEntry(
                        Condition.BAD_INPUT,
                        new Answer(Stream.OUTPUT, "{\"error\": \"bad input\"}", 0));
        assertThat(json.output()).isEqualTo(new Output.Plain());
    }

    @Test
    void itIsAskedAndCalledAsItSays() {
        assertThat(covered("A calculator with subcommands.").input()).isEqualTo(Input.SUBCOMMAND);
        assertThat(covered("It evaluates an expression with parentheses.").input())
                .isEqualTo(Input.EXPRESSION);
        assertThat(covered("The program is called sums.").name()).isEqualTo("sums");
    }

    @Test
    void anExampleIsChecked() {
        Reading reading = read("For `calc '1 + 2 * 3'` prints `7`.".replace("For ", ""));
        assertThat(reading.gaps()).isEmpty();
        assertThat(reading.examples()).hasSize(1);
        assertThat(reading.examples().getFirst().arguments()).containsExactly("1 + 2 * 3");
        Reading wrong = read("`calc '1 + 2 * 3'` prints 9.");
        assertThat(wrong.gaps()).extracting(Gap::kind).containsExactly(Gap.Kind.CONFLICT);
        assertThat(wrong.gaps().getFirst().why()).contains("'7'");
    }

    /// The guard against success that nobody earned: what is not understood is never passed over.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "A calculator with a plotting window. | plotting window",
                "It keeps a history of results. | keeps; history",
                "It supports square roots. | square roots",
                "Write it in Rust. | Rust",
                "It works in hexadecimal. | works; hexadecimal",
                "Results are sent by email. | sent; email",
                "It has a graphical interface. | graphical interface",
                "The exit code is 7. | exit code; 7"
            })
    void whatIsNotUnderstoodIsTold(String text, String gaps) {
        Reading reading = read(text);
        assertThat(reading.isCovered()).isFalse();
        assertThat(reading.gaps())
                .allMatch(gap -> gap.kind() == Gap.Kind.UNACCOUNTED)
                .extracting(Gap::text)
                .containsExactly(gaps.strip().split("; "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "It supports division. Without division.",
                "Division by zero exits with code 2. Division by zero exits with code 3.",
                "Print results as JSON. Print results with 2 decimals.",
                "It is called one. It is named two.",
                "It evaluates expressions and has subcommands.",
                "An unknown operation is reported on stdout and stderr."
            })
    void whatCannotBothHoldIsTold(String text) {
        assertThat(read(text).gaps()).extracting(Gap::kind).contains(Gap.Kind.CONFLICT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The program is called operator.",
                "The program is called 9lives.",
                "Division by zero exits with code 900.",
                "Print results with 99 decimals."
            })
    void whatCannotBeDoneIsTold(String text) {
        assertThat(read(text).gaps()).extracting(Gap::kind).contains(Gap.Kind.UNRESOLVED);
    }

    @Test
    void aSpanIsOfBytes() {
        String text = "\u00dcber \u00e9l\u00e9gance. It has plotting.";
        Gap gap = read(text).gaps().getLast();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(gap.span().source()).isEqualTo("text");
        assertThat(
                        new String(
                                bytes,
                                gap.span().from(),
                                gap.span().to() - gap.span().from(),
                                StandardCharsets.UTF_8))
                .isEqualTo("plotting");
    }

    /// The largest texts that a specification may hold, in the shapes that cost readers most.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a ",
                "+ ",
                "`",
                "\"",
                "` ",
                ". ",
                "named ",
                "named .",
                "exit ",
                "without add ",
                "`x` prints "
            })
    void aHugeTextIsReadToItsEnd(String part) {
        String text = part.repeat(120_000 / part.length()) + " end";
        assertThat(read(text).isCovered()).isFalse();
    }

    @Test
    void whatIsAssumedIsSaid() {
        assertThat(read("A calculator.").requirements())
                .allMatch(requirement -> requirement.origin() == Origin.ASSUMED)
                .extracting(Requirement::kind)
                .contains(
                        Requirement.Kind.OPERATION,
                        Requirement.Kind.NAME,
                        Requirement.Kind.INPUT,
                        Requirement.Kind.OUTPUT,
                        Requirement.Kind.FAILURE);
    }
}
