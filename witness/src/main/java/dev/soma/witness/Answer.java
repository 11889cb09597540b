package dev.soma.witness;

/// What a witness says to a submission.
sealed interface Answer {
    /// @param line the cosignature line, with its newline
    record Cosigned(String line) implements Answer {}

    /// The submission does not start from what was cosigned last.
    ///
    /// @param size the size that was cosigned last
    record Conflict(long size) implements Answer {}

    /// The checkpoint shows another root of the size that was cosigned last: evidence of a split
    /// view.
    record SplitView(long size) implements Answer {}

    /// The checkpoint does not append to what was cosigned last: evidence of a rewritten history.
    record BadProof(String reason) implements Answer {}

    record UnknownKey(String reason) implements Answer {}

    record UnknownOrigin(String origin) implements Answer {}

    record Malformed(String reason) implements Answer {}

    /// The state could not be kept, so nothing may be said until the witness is started anew.
    record Failed(String reason) implements Answer {}
}
