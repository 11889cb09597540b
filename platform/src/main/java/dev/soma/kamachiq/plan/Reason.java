package dev.soma.kamachiq.plan;

import java.util.Locale;

/// Why a task was skipped, failed or waits.
///
/// @param task that it goes back to; empty when it is the task itself
public record Reason(Kind kind, String task, String detail) {
    static final Reason NONE = new Reason(Kind.NONE, "", "");

    /// What happened.
    public enum Kind {
        NONE,
        /// Another branch was taken.
        BRANCH,
        /// A task that it needs has failed.
        UPSTREAM_FAILED,
        /// Left out to save money.
        BUDGET,
        /// The rules forbid it.
        POLICY,
        /// Every try failed.
        TRIES,
        /// The score stayed too low.
        QUALITY,
        /// A person said no.
        REJECTED,
        CANCELLED
    }

    static Reason of(Kind kind, String detail) {
        return new Reason(kind, "", detail);
    }

    /// The same in words for people; empty where there is nothing to say.
    public String told() {
        return kind == Kind.NONE ? "" : detail.isEmpty() ? toString() : this + ": " + detail;
    }

    /// As it is stored and shown, such as `upstream_failed:build`.
    @Override
    public String toString() {
        String word = kind.name().toLowerCase(Locale.ROOT);
        return task.isEmpty() ? word : word + ":" + task;
    }
}
