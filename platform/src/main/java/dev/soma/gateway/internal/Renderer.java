package dev.soma.gateway.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.Turns.Review;
import dev.soma.kernel.Problem;

/// Writes one turn in one dialect.
interface Renderer {
    /// Events of the turn, in order: the first begins it, the last ends it.
    void frames(Frames frames);

    /// The turn goes on elsewhere or is over there; whoever cannot read the journal hears of it.
    void lost(Problem problem);

    /// True when the caller can wait for a person, and is told of it.
    default boolean waits() {
        return false;
    }

    /// A person has to approve the request.
    default void review(Review review) {}

    /// The request was refused after its caller had been told to wait.
    default void refusedAfterReview(Problem problem, String requestId) {}

    /// Something small for a silent stream, so that nobody on the way closes it.
    default void heartbeat() {}
}
