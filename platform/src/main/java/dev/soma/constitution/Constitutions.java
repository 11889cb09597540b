package dev.soma.constitution;

import dev.soma.runtime.Pipeline.Answer;

/// What is in force on this node. Thread-safe; reads memory.
public interface Constitutions {
    State state();

    /// The epoch in force as the caller's transaction sees it, or 0; admission is refused under any
    /// other.
    Answer<Long> committedEpoch();

    /// The present state of the chain from the signers to this node.
    sealed interface State {
        record InForce(Constitution constitution) implements State {}

        /// None was ever activated, or the key ring no longer supports the one that was.
        record Absent(String reason) implements State {}

        /// One is known, but its source has not confirmed it within the lease.
        record Stale(Constitution constitution) implements State {}
    }
}
