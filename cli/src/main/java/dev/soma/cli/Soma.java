package dev.soma.cli;

import dev.soma.bench.Bench;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/// The command line of SomaAgent Hub.
@Command(
        name = "soma",
        mixinStandardHelpOptions = true,
        version = Soma.VERSION,
        description =
                "Runs language-model agents under a signed constitution, and proves that they stayed inside it.",
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  SOMA_HOME   where data, logs and keys live (default: .soma in the repository)",
            "  SOMA_PORT   the gateway's port (default: 10000)",
            "  SOMA_POSTGRES_URL, SOMA_REDIS_URL, SOMA_KAFKA_URL, SOMA_TEMPORAL_URL, SOMA_SLM_URL",
            "              use the server at this address instead of starting one",
            "",
            "`soma test [--fast|--full] [PATTERN]` builds everything and runs the tests.",
            "Exit status: 0 done, 1 the thing asked for failed or was refused, 2 wrong use."
        })
public final class Soma {
    static final String VERSION = "SomaAgent Hub 0.1.0";
    private static final List<Class<?>> COMMANDS =
            List.of(
                    DemoCommand.class,
                    UpCommand.class,
                    DownCommand.class,
                    StatusCommand.class,
                    LogsCommand.class,
                    DoctorCommand.class,
                    FetchCommand.class,
                    Bench.class,
                    AuditCommand.class,
                    ConstitutionCommand.class,
                    ProjectCommand.class,
                    ApiCommand.class,
                    RecordCommand.class);

    @CommandLine.Spec private CommandSpec spec = CommandSpec.create();

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Soma());
        COMMANDS.forEach(line::addSubcommand);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.getSubcommands().values().forEach(sub -> sub.getCommandSpec().version(VERSION));
        line.setExecutionExceptionHandler(
                (failure, command, parsed) -> Failures.tell(failure, command));
        return line;
    }

    CommandSpec spec() {
        return spec;
    }
}
