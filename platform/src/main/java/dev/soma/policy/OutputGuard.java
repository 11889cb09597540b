package dev.soma.policy;

import java.util.Optional;

/// Looks at an answer while it arrives, and lets through what breaks no rule. However the answer is
/// cut into pieces, the same characters leave. Not thread-safe.
public interface OutputGuard {
    /// Takes a piece.
    ///
    /// @return what may leave; nothing any more once there is a breach
    String feed(String piece);

    /// The answer has ended.
    ///
    /// @return what was held and may leave
    String finish();

    /// The rule that the answer breaks.
    Optional<Breach> breach();

    /// @param article of the constitution
    record Breach(String rule, String article) {}
}
