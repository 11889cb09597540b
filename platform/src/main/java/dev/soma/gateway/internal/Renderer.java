package dev.soma.gateway.internal;

import dev.soma.conversation.Turns.Accepted;
import dev.soma.conversation.Turns.Ended;
import dev.soma.kernel.Problem;

/// Writes one turn in one dialect.
interface Renderer {
    void accepted(Accepted turn);

    void text(String piece);

    void completed(Ended.Completed end);

    void failed(Problem problem);

    /// Something small for a silent stream, so that nobody on the way closes it.
    default void heartbeat() {}
}
