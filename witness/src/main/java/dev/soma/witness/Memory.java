package dev.soma.witness;

import dev.soma.verifier.Checkpoint;
import dev.soma.verifier.VerifierKey;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Every log that the witness knows. Thread-safe; logs do not wait for each other.
final class Memory {
    private final Map<String, List<VerifierKey>> trusted;
    private final Map<String, LogMemory> logs;

    private Memory(Map<String, List<VerifierKey>> trusted, Map<String, LogMemory> logs) {
        this.trusted = Map.copyOf(trusted);
        this.logs = Map.copyOf(logs);
    }

    /// Makes a key and an empty memory. A folder that has a key is never begun again.
    static CosigningKey begin(StateFolder folder, String name) throws IOException {
        if (folder.hasKey()) {
            throw new IOException(folder.keyFile() + " exists; a witness is initialised once");
        }
        CosigningKey key = CosigningKey.generate(name);
        folder.writeOrigins(List.of());
        folder.writeKey(key);
        return key;
    }

    /// Adds the logs that were never admitted. A log that was keeps its state, or its loss.
    static void admit(
            StateFolder folder, CosigningKey key, List<VerifierKey> keys, InstantSource clock)
            throws IOException {
        Set<String> known = new LinkedHashSet<>(folder.origins());
        for (VerifierKey log : keys) {
            if (known.add(log.name())) {
                // A crash between these two writes leaves a state without its line: keep it.
                if (!folder.hasNote(log.name())) {
                    LogMemory.begin(log.name(), folder, key, clock);
                }
                folder.writeOrigins(List.copyOf(known));
            }
        }
    }

    /// @throws Retired when a state is missing or damaged, even of a log that is no longer trusted
    static Memory open(
            StateFolder folder, CosigningKey key, List<VerifierKey> keys, InstantSource clock)
            throws IOException {
        Map<String, LogMemory> logs = new LinkedHashMap<>();
        for (String origin : folder.origins()) {
            logs.put(origin, LogMemory.open(origin, folder, key, clock));
        }
        Map<String, List<VerifierKey>> trusted = new LinkedHashMap<>();
        for (VerifierKey log : keys) {
            if (!logs.containsKey(log.name())) {
                throw new IOException(
                        "the log %s was never admitted; run once with --admit"
                                .formatted(log.name()));
            }
            trusted.computeIfAbsent(log.name(), origin -> new ArrayList<>()).add(log);
        }
        return new Memory(trusted, logs);
    }

    Answer add(byte[] body) {
        Optional<Submission> parsed = Submission.parse(body);
        if (parsed.isEmpty()) {
            return new Answer.Malformed("the body is no submission of C2SP tlog-witness");
        }
        Submission submission = parsed.get();
        return switch (Checkpoint.read(
                submission.checkpoint(), origin -> trusted.getOrDefault(origin, List.of()))) {
            case Checkpoint.Reading.Malformed(String reason) -> new Answer.Malformed(reason);
            case Checkpoint.Reading.UnknownOrigin(String origin) ->
                    new Answer.UnknownOrigin(origin);
            case Checkpoint.Reading.NotSigned(String reason) -> new Answer.UnknownKey(reason);
            case Checkpoint.Reading.Signed signed ->
                    log(signed.checkpoint().origin())
                            .orElseThrow(
                                    () -> new IllegalStateException("a trusted log has no state"))
                            .add(submission, signed);
        };
    }

    /// The newest cosigned checkpoint of a log.
    Optional<String> note(String origin) {
        return log(origin).map(LogMemory::note);
    }

    private Optional<LogMemory> log(String origin) {
        return Optional.ofNullable(logs.get(origin));
    }
}
