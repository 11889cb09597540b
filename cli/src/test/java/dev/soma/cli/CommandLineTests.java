package dev.soma.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTests {
    @Test
    void aMistypedCommandIsWrongUseAndGetsTheNearMiss() {
        StringWriter err = new StringWriter();
        CommandLine line = Soma.commandLine().setErr(new PrintWriter(err, true));

        assertThat(line.execute("stauts")).isEqualTo(2);
        assertThat(err.toString()).contains("Did you mean", "status");
    }

    @Test
    void aMistypedOptionIsWrongUseAndGetsTheNearMiss() {
        StringWriter err = new StringWriter();
        CommandLine line = Soma.commandLine().setErr(new PrintWriter(err, true));

        assertThat(line.execute("status", "--jsno")).isEqualTo(2);
        assertThat(err.toString()).contains("--jsno", "--json");
    }

    @Test
    void anUnknownPartIsWrongUse() {
        StringWriter err = new StringWriter();
        CommandLine line = Soma.commandLine().setErr(new PrintWriter(err, true));

        assertThat(line.execute("up", "--with", "mongodb")).isEqualTo(2);
        assertThat(err.toString()).contains("mongodb", "temporal");
    }

    @Test
    void wordsAreTakenInSmallLetters() {
        StringWriter err = new StringWriter();
        CommandLine line = Soma.commandLine().setErr(new PrintWriter(err, true));

        line.parseArgs("project", "decide", "sums", "deliver");
        assertThat(line.execute("project", "decide", "sums", "perhaps")).isEqualTo(2);
        assertThat(err.toString()).contains("perhaps");
    }

    @Test
    void everyCommandExplainsItself() {
        for (CommandLine command : Soma.commandLine().getSubcommands().values()) {
            StringWriter out = new StringWriter();
            CommandLine line = Soma.commandLine().setOut(new PrintWriter(out, true));

            assertThat(line.execute(command.getCommandName(), "--help")).isZero();
            assertThat(out.toString())
                    .as(command.getCommandName())
                    .contains("Usage: soma " + command.getCommandName());
            assertThat(command.getCommandSpec().usageMessage().description())
                    .as(command.getCommandName())
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "-1", "ten", "10000x"})
    void refusesAPortThatIsNone(String text) {
        assertThatThrownBy(() -> GatewayPort.parse(text))
                .hasMessageContaining("SOMA_PORT is '" + text + "'");
    }

    @Test
    void thePortIsTenThousandUnlessNamed() {
        assertThat(GatewayPort.parse("")).isEqualTo(10_000);
        assertThat(GatewayPort.parse("12345")).isEqualTo(12_345);
    }
}
