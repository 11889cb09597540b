package dev.soma.kamachiq.requirement;

import java.util.Optional;

/// One thing that is asked for.
///
/// @param value in words that a person can check
/// @param span where it is said; empty for what is assumed
public record Requirement(Kind kind, String value, Origin origin, Optional<Span> span) {
    /// What it is about.
    public enum Kind {
        OPERATION,
        FORBIDDEN,
        INPUT,
        OUTPUT,
        FAILURE,
        NAME,
        RECORD,
        FIELD,
        STORAGE,
        EXAMPLE
    }

    /// Where it comes from.
    public enum Origin {
        PARSED,
        /// Nobody said so; it is told as an assumption.
        ASSUMED
    }
}
