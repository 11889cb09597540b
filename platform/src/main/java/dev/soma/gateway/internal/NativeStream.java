package dev.soma.gateway.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.Turns.Review;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;

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

    @Override
    public boolean waits() {
        return true;
    }

    /// Without a number: there is no turn yet, and nothing to come back to.
    @Override
    public void review(Review review) {
        out.begin();
        JsonObject data =
                JsonValue.object()
                        .put("approval_id", review.decision().id().toString())
                        .put("expires_at", review.expiresAt().toString())
                        .build();
        out.write("event: turn.review\ndata: %s\n\n".formatted(CanonicalJson.JCS.text(data)));
    }

    @Override
    public void refusedAfterReview(Problem problem, String requestId) {
        JsonObject data = JsonValue.object().put("problem", problem.document(requestId)).build();
        out.end("event: turn.failed\ndata: %s\n\n".formatted(CanonicalJson.JCS.text(data)));
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
