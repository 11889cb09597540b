package dev.soma.policy;

import java.util.Optional;

/// What is stopped at present. Thread-safe; reads memory only, one snapshot a call.
public interface KillSwitches {
    /// The widest stop that blocks this work; empty when nothing does.
    Optional<Kill> blocking(KillQuestion question);
}
