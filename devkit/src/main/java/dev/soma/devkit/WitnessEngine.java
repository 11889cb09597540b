package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The witness of the audit log, with a key and a folder of its own beside the platform's.
public final class WitnessEngine implements Engine {
    private static final Duration TOOL_WITHIN = Duration.ofSeconds(30);
    private static final String NAME = "soma/witness";

    private final SourceTree tree;
    private final Path folder;
    private final Path trusted;
    private final Path logKey;
    private final int port;

    /// @param folder of the witness's state
    /// @param trusted file of the witness's verifier key; it stays where the state is lost, and
    /// then no other witness takes the name
    /// @param logKey file of the log's verifier key; read at the first start and never again
    public WitnessEngine(SourceTree tree, Path folder, Path trusted, Path logKey, int port) {
        this.tree = tree;
        this.folder = folder.toAbsolutePath();
        this.trusted = trusted;
        this.logKey = logKey;
        this.port = port;
    }

    @Override
    public String name() {
        return Part.WITNESS.id();
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String address() {
        return "http://127.0.0.1:" + port;
    }

    /// The witness's verifier key; makes the witness at the first call.
    public String verifierKey() throws IOException {
        if (!Files.exists(trusted)) {
            Path made = state().resolve("witness.vkey");
            if (!Files.exists(state().resolve("key"))) {
                Home.createPrivate(folder);
                run("--init", "--name", NAME);
            }
            Home.writePrivate(trusted, Files.readString(made));
        }
        return Files.readString(trusted).strip();
    }

    private Path state() {
        return state(folder);
    }

    private static Path state(Path folder) {
        return folder.resolve("state");
    }

    /// The file in which a witness keeps the newest checkpoint that it cosigned for a log.
    ///
    /// @param folder of the witness
    public static Path keptNote(Path folder, String origin) {
        return state(folder).resolve(Digests.sha256(origin) + ".note");
    }

    /// The keys that the witness trusts, fixed at the first start: a log that comes with another
    /// key later is not the same log.
    private Path logs() {
        return folder.resolve("logs.vkeys");
    }

    @Override
    public Launch launch(Progress progress) throws IOException {
        verifierKey();
        if (!Files.exists(state().resolve("key"))) {
            throw EngineException.lasting(
                    "the witness whose key is "
                            + trusted
                            + " lost its state in "
                            + state()
                            + " and is retired; see \"Suspected tampering\" in docs/runbooks/security.md",
                    null);
        }
        if (!Files.exists(logs())) {
            if (!Files.exists(logKey)) {
                throw EngineException.lasting(
                        "the witness needs the log's verifier key "
                                + logKey
                                + ", which the platform writes at its first start",
                        null);
            }
            Path part = logs().resolveSibling("logs.vkeys.part");
            Files.copy(logKey, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, logs(), StandardCopyOption.ATOMIC_MOVE);
        }
        run("--admit", "--log", logs().toString());
        List<String> command = command("--log", logs().toString(), "--listen", "127.0.0.1:" + port);
        return Launch.of(command, folder);
    }

    private List<String> command(String... words) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Tools.java(),
                                "-Xmx64m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-jar",
                                tree.witnessJar().toString(),
                                "--state",
                                state().toString()));
        command.addAll(List.of(words));
        return command;
    }

    private void run(String... words) throws IOException {
        Tools.Answer answer = Tools.run(TOOL_WITHIN, Map.of(), command(words));
        if (answer.status() != 0) {
            throw EngineException.lasting("the witness does not start: " + answer.output(), null);
        }
    }

    @Override
    public Optional<String> unreadyBecause() {
        return HttpProbe.unreadyBecause(address() + "/health");
    }

    @Override
    public Duration readyWithin() {
        return Duration.ofSeconds(30);
    }
}
