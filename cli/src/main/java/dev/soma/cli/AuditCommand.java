package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.verifier.LogVerifier;
import dev.soma.verifier.Outcome;
import dev.soma.verifier.VerifierKey;
import dev.soma.verifier.Witnessed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/// `soma audit`.
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            AuditReceiptCommand.class,
            AuditReportCommand.class,
            AuditExportCommand.class,
            AuditEraseCommand.class
        },
        description =
                "Checks the evidence, offline and with code that the platform does not share; reports on it; erases persons from it.")
final class AuditCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "which one? verify, receipt, report, export or erase");
    }

    static Path log(Home home) {
        return home.data().resolve("platform/audit");
    }

    static Path key(Home home) {
        return home.data().resolve("platform/audit.vkey");
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description =
                    "Verifies a whole audit log: framing, chain, tree, signature, and that each turn had its verdict first.")
    int verify(
            @Parameters(
                            paramLabel = "FOLDER",
                            arity = "0..1",
                            description = "The log (default: this node's).")
                    @Nullable Path folder,
            @Option(
                            names = "--key",
                            description =
                                    "File with the verifier key that you trust (default: this node's).")
                    @Nullable Path key,
            @Option(
                            names = "--witness-key",
                            description =
                                    "File with the witness's verifier key that you trust (default: this installation's).")
                    @Nullable Path witnessKey,
            @Option(
                            names = "--cosigned",
                            description =
                                    "Checkpoint that the witness cosigned, best taken from the witness (default: the log's own).")
                    @Nullable Path cosigned,
            @Option(names = "--json", description = "One JSON document on stdout.") boolean json)
            throws IOException {
        Home home = Home.find();
        Path log = folder == null ? log(home) : folder;
        boolean own = log.toAbsolutePath().normalize().equals(log(home));
        // A foreign log with a key of its own has, if any, a witness of its own.
        Optional<Witnessed> witnessed =
                own || key == null || witnessKey != null || cosigned != null
                        ? AuditWitness.find(
                                home,
                                log,
                                Optional.ofNullable(witnessKey),
                                Optional.ofNullable(cosigned))
                        : Optional.empty();
        Outcome outcome = verify(log, key == null ? key(home) : key, witnessed);
        switch (outcome) {
            case Outcome.Verified verified ->
                    System.out.println(
                            json
                                    ? JsonMapper.shared()
                                            .writeValueAsString(
                                                    Map.of(
                                                            "verified",
                                                            true,
                                                            "size",
                                                            verified.size(),
                                                            "unsigned",
                                                            verified.unsigned(),
                                                            "witnessed",
                                                            verified.witnessed().orElse(0)))
                                    : "verified: %d entries, every one under the signed root%s"
                                            .formatted(verified.size(), seen(verified)));
            case Outcome.Broken(OptionalLong entry, String reason) -> {
                if (json) {
                    System.out.println(
                            JsonMapper.shared()
                                    .writeValueAsString(
                                            Map.of(
                                                    "verified",
                                                    false,
                                                    "entry",
                                                    entry.orElse(-1),
                                                    "reason",
                                                    reason)));
                }
                throw new CommandException(
                        "the log is not what was written: " + at(entry) + reason);
            }
        }
        return 0;
    }

    private static String seen(Outcome.Verified verified) {
        return verified.witnessed().isPresent()
                ? "; the witness saw the first %d".formatted(verified.witnessed().getAsLong())
                : "; no witness";
    }

    static String at(OptionalLong entry) {
        return entry.isPresent() ? "entry %d: ".formatted(entry.getAsLong()) : "";
    }

    /// A log against this installation's keys, its witness's too when there is one.
    static Outcome verify(Home home, Path log) throws IOException {
        return verify(
                log, key(home), AuditWitness.find(home, log, Optional.empty(), Optional.empty()));
    }

    static Outcome verify(Path log, Path key, Optional<Witnessed> witnessed) throws IOException {
        if (!Files.exists(log) || !Files.exists(key)) {
            throw new CommandException(
                    "there is no log in %s or no key in %s; the platform makes both at its first start"
                            .formatted(log, key));
        }
        return LogVerifier.verify(
                log, VerifierKey.parse(Files.readString(key).strip()), 0, witnessed);
    }
}
