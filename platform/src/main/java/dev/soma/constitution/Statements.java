package dev.soma.constitution;

import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.Set;

/// What the signers of the constitution say beside it, such as that a rule pack may be loosened.
/// Thread-safe.
public interface Statements {
    /// Reads a signed statement `{"type", ..., "not_after"}`.
    ///
    /// @param file `{dialect, document, signatures}`
    /// @param members that it has beside `type` and `not_after`; no others
    Reading read(JsonObject file, String type, Set<String> members);

    /// What a statement says.
    sealed interface Reading {
        /// As many distinct signers have signed it as the constitution in force demands for
        /// itself, and its time is not over. What it says is the caller's to judge.
        ///
        /// @param hash of the statement
        record Holds(JsonObject statement, String hash) implements Reading {}

        record Refused(String reason) implements Reading {}
    }
}
