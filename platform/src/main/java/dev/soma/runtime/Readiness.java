package dev.soma.runtime;

import java.util.Optional;

/// One thing that must hold before this process takes work. Modules contribute beans of this type.
public interface Readiness {
    /// What is checked, such as `postgres`.
    String name();

    /// Empty when it holds, else one line that says what is wrong. Called from any thread; may
    /// block briefly.
    Optional<String> problem();
}
