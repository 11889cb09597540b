package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Shown;
import java.util.Optional;

/// Which models have shown that they can write programs. Thread-safe.
public interface Certificates {
    /// @param model address, such as `openai/gpt`
    /// @return why it may not write; empty when it may
    Optional<String> objection(String tenant, String model);

    /// Keeps what a model has shown, in place of what it had before.
    void save(String tenant, Shown shown);
}
