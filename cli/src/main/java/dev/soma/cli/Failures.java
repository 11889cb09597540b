package dev.soma.cli;

import picocli.CommandLine;

/// A failed command tells its reason on stderr; the stack trace only to those who ask with
/// `SOMA_DEBUG`.
final class Failures {
    private Failures() {}

    static int tell(Exception failure, CommandLine command) {
        String words = failure.getMessage();
        command.getErr()
                .println(
                        "soma "
                                + command.getCommandName()
                                + ": "
                                + (words == null ? failure : words));
        if (!System.getenv().getOrDefault("SOMA_DEBUG", "").isEmpty()) {
            failure.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
