package dev.soma.bench;

import picocli.CommandLine;

/// The command line of the benches.
@CommandLine.Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures a running platform from outside.",
        subcommands = {
            GatewayCommand.class,
            EvaluateCommand.class,
            RulesCommand.class,
            Serve.class
        })
public final class Bench {
    Bench() {}

    public static void main(String[] args) {
        int status = new CommandLine(new Bench()).execute(args);
        if (status != 0) {
            System.exit(status);
        }
    }
}
