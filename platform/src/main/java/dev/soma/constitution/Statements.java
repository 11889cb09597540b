package dev.soma.constitution;

import java.util.Optional;

/// What the signers of the constitution say beside it, such as that a rule pack may be loosened.
/// Thread-safe.
public interface Statements {
    /// Whether as many distinct signers have signed the statement as the constitution in force
    /// demands for itself. What it says is the caller's to judge.
    ///
    /// @return why not; empty when they have
    Optional<String> objection(SignedDocument statement);
}
