package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.replay.Outcome;
import dev.soma.replay.Replay;
import dev.soma.verifier.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/// `soma audit receipt`.
@Command(
        name = "receipt",
        mixinStandardHelpOptions = true,
        description =
                "Checks one decision's receipt (GET /v1/receipts/ORIGIN/INDEX): that the log has the verdict, and that the"
                        + " rules give it to the byte. Or a turn's (GET /v1/decisions/ID/turn-receipt): that the log says"
                        + " what it used and what it told. Or a project's (receipt.json beside its report): how it ended.")
final class AuditReceiptCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The receipt.")
    private Path file = Path.of("");

    @Option(
            names = "--key",
            description = "File with the log's verifier key that you trust (default: this node's).")
    private @Nullable Path key;

    @Option(
            names = "--stream",
            paramLabel = "FILE",
            description =
                    "What you kept of the turn's session (GET /v1/conversation/SESSION/stream): its frames have to be"
                            + " those that the log speaks of.")
    private @Nullable Path stream;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Path trusted = key == null ? AuditCommand.key(Home.find()) : key;
        if (!Files.isReadable(file)
                || !Files.isReadable(trusted)
                || (stream != null && !Files.isReadable(stream))) {
            throw new CommandException(
                    "cannot read the receipt %s, the key %s or the stream"
                            .formatted(file, trusted));
        }
        Optional<byte[]> kept =
                stream == null ? Optional.empty() : Optional.of(Files.readAllBytes(stream));
        return tell(Replay.check(Files.readAllBytes(file), vkey(trusted), kept));
    }

    static VerifierKey vkey(Path trusted) throws IOException {
        try {
            return VerifierKey.parse(Files.readString(trusted).strip());
        } catch (IllegalArgumentException e) {
            throw new CommandException("%s holds no verifier key".formatted(trusted), e);
        }
    }

    private int tell(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Valid(String word, String decision) -> {
                say(
                        Map.of("valid", true, "decision_id", decision, "verdict", word),
                        "valid: the log has decision %s, and the rules give '%s'"
                                .formatted(decision, word));
                yield 0;
            }
            case Outcome.DigestsOnly(String reason) -> {
                say(
                        Map.of("valid", true, "digests_only", reason),
                        "valid as far as it goes: the log has the decision; its input is gone (%s)"
                                .formatted(reason));
                yield 0;
            }
            case Outcome.Ended(String state, String decision, boolean told) -> {
                say(
                        Map.of(
                                "valid",
                                true,
                                "decision_id",
                                decision,
                                "state",
                                state,
                                "stream_checked",
                                told),
                        "valid: the log says that the turn of decision %s has %s%s"
                                .formatted(
                                        decision,
                                        state,
                                        told ? ", and the stream is the one it told" : ""));
                yield 0;
            }
            case Outcome.Reported reported -> {
                say(reported);
                yield 0;
            }
            case Outcome.Invalid invalid -> {
                if (json) {
                    System.out.println(
                            JsonMapper.shared()
                                    .writeValueAsString(
                                            Map.of(
                                                    "valid",
                                                    false,
                                                    "part",
                                                    part(invalid),
                                                    "reason",
                                                    invalid.reason())));
                }
                throw new CommandException(words(invalid));
            }
        };
    }

    private static String part(Outcome.Invalid invalid) {
        return invalid.part().name().toLowerCase(Locale.ROOT);
    }

    /// What does not hold of a receipt.
    static String words(Outcome.Invalid invalid) {
        return "the receipt does not hold: its %s %s".formatted(part(invalid), invalid.reason());
    }

    private void say(Outcome.Reported reported) {
        say(
                Map.of(
                        "valid",
                        true,
                        "project",
                        reported.project(),
                        "verdict",
                        reported.verdict(),
                        "report_sha256",
                        reported.report()),
                "valid: the log says that project %s has ended %s, with the report %s"
                        .formatted(reported.project(), reported.verdict(), reported.report()));
    }

    private void say(Map<String, Object> document, String words) {
        System.out.println(json ? JsonMapper.shared().writeValueAsString(document) : words);
    }
}
