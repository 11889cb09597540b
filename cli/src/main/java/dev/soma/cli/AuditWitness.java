package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.devkit.Stack;
import dev.soma.devkit.WitnessEngine;
import dev.soma.verifier.CosignerKey;
import dev.soma.verifier.Witnessed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a witness cosigned, to be held against an audit log.
final class AuditWitness {
    private static final String OWN_ORIGIN = "soma/audit/node-1";

    private AuditWitness() {}

    /// The given cosigned checkpoint; else the log's own, and for this installation's log what its
    /// witness keeps itself, which nobody who rewrites the log's folder alone can reach.
    ///
    /// @param key of the witness; this installation's when it is not given
    /// @return empty when no key is given and this installation has no witness
    static Optional<Witnessed> find(
            Home home, Path log, Optional<Path> key, Optional<Path> cosigned) throws IOException {
        Path trusted = key.orElse(Stack.witnessKey(home));
        if (key.isEmpty() && cosigned.isEmpty() && !Files.exists(trusted)) {
            return Optional.empty();
        }
        CosignerKey witness = read(trusted);
        if (cosigned.isPresent()) {
            return Optional.of(new Witnessed(witness, List.of(cosigned.get())));
        }
        List<Path> notes = new ArrayList<>(List.of(log.resolve(Witnessed.FILE)));
        Path kept = WitnessEngine.keptNote(Stack.witness(home), OWN_ORIGIN);
        boolean own = log.toAbsolutePath().normalize().equals(AuditCommand.log(home));
        if (key.isEmpty() && own && Files.exists(kept)) {
            notes.add(kept);
        }
        return Optional.of(new Witnessed(witness, notes));
    }

    private static CosignerKey read(Path key) throws IOException {
        if (!Files.exists(key)) {
            throw new CommandException("there is no witness key in " + key);
        }
        try {
            return CosignerKey.parse(Files.readString(key));
        } catch (IllegalArgumentException malformed) {
            throw new CommandException(key + ": " + malformed.getMessage());
        }
    }
}
