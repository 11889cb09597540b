package dev.soma.devkit;

import java.util.Locale;
import java.util.Optional;

/// The parts of a running system, in the order in which they start; the witness starts when the
/// platform has made its log, and stops after it.
public enum Part {
    POSTGRES,
    REDIS,
    KAFKA,
    TEMPORAL,
    SLM,
    WITNESS,
    PLATFORM;

    /// The name in commands, files and status.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Part> find(String id) {
        for (Part part : values()) {
            if (part.id().equals(id)) {
                return Optional.of(part);
            }
        }
        return Optional.empty();
    }

    /// Whether it starts once the engines are ready.
    boolean needsEngines() {
        return this == PLATFORM || this == WITNESS;
    }

    /// The environment variable that names a server to attach to.
    String variable() {
        return "SOMA_" + name() + "_URL";
    }
}
