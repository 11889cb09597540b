package dev.soma.gateway.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.kernel.Problem;

/// The product's own event stream, which is the journal's: `turn.accepted`, `delta` ..., `usage`,
/// then exactly one end.
final class NativeStream implements Renderer {
    private final SseWriter out;

    NativeStream(Exchange exchange) {
        this.out = new SseWriter(exchange.response(), exchange.loop());
    }

    @Override
    public void frames(Frames frames) {
        if (!out.begun()) {
            out.begin();
        }
        if (frames.events().getLast() instanceof TurnEvent.Ended) {
            out.end(frames.bytes());
        } else {
            out.write(frames.bytes());
        }
    }

    /// The stream just ends: the caller comes back and reads on from the journal.
    @Override
    public void lost(Problem problem) {
        out.end(new byte[0]);
    }

    @Override
    public void heartbeat() {
        out.heartbeat();
    }
}
