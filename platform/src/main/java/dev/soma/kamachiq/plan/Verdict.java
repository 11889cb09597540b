package dev.soma.kamachiq.plan;

/// What became of a project. Only [#SUCCEEDED] is green.
public enum Verdict {
    /// Everything that was to be delivered was, optional results too.
    SUCCEEDED,
    /// Something was delivered, not everything.
    PARTIAL,
    BUDGET_EXHAUSTED,
    /// A person said no, and nothing else was delivered.
    REJECTED,
    CANCELLED,
    FAILED
}
