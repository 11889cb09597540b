package dev.soma.gateway.internal;

import dev.soma.conversation.Frames;
import dev.soma.kernel.Problem;

/// Writes one turn in one dialect.
interface Renderer {
    /// Events of the turn, in order: the first begins it, the last ends it.
    void frames(Frames frames);

    /// The turn goes on elsewhere or is over there; whoever cannot read the journal hears of it.
    void lost(Problem problem);

    /// Something small for a silent stream, so that nobody on the way closes it.
    default void heartbeat() {}
}
