package dev.soma.policy;

import java.util.List;

/// The decision log in PostgreSQL: what the audit log proves, made searchable, with the input of
/// each decision sealed beside it.
public interface DecisionLog {
    /// Adds decisions in the caller's transaction, and opens an approval for each that a person has
    /// to look at.
    void insert(List<DecisionRow> rows);
}
