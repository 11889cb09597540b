package dev.soma.gateway.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.Turns;
import dev.soma.conversation.Turns.Refused;
import dev.soma.conversation.Turns.Review;
import dev.soma.conversation.Turns.Turn;
import dev.soma.conversation.Turns.TurnListener;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Joins a turn and a connection: what the turn tells goes to the renderer, a caller who reads
/// slowly holds the
/// provider back, one who stops reading or leaves is let go.
final class TurnExchange implements TurnListener {
    private final TurnRoutes.Door door;
    private final Exchange exchange;
    private final Renderer renderer;
    private final AtomicInteger running;
    private final GatewayMetrics.TurnMeter meter;
    private @Nullable Turn turn;
    private String decision = "none";
    private long heartbeat = -1;
    private long stall = -1;
    private boolean stalled;
    private boolean accepted;
    private boolean over;

    TurnExchange(
            TurnRoutes.Door door,
            Exchange exchange,
            Renderer renderer,
            AtomicInteger running,
            GatewayMetrics.TurnMeter meter) {
        this.door = door;
        this.exchange = exchange;
        this.renderer = renderer;
        this.running = running;
        this.meter = meter;
    }

    void begin(Turns turns, ActorContext actor, TurnRequest request) {
        running.incrementAndGet();
        exchange.response().closeHandler(closed -> left());
        turn = turns.begin(actor, request, this);
    }

    private void left() {
        if (!over && turn != null) {
            turn.disconnect();
        }
    }

    @Override
    public void frames(Frames frames) {
        if (frames.events().getFirst() instanceof TurnEvent.Began began) {
            accepted = true;
            decision = "allow";
            exchange.allowedBy(began);
            beat();
        }
        if (!exchange.response().closed()) {
            renderer.frames(frames);
        }
        if (frames.events().getLast() instanceof TurnEvent.Ended) {
            finish();
        } else {
            holdBack();
        }
    }

    @Override
    public void lost() {
        if (!exchange.response().closed()) {
            renderer.lost(
                    Problem.of(
                            ProblemKind.INTERNAL_ERROR,
                            "The turn was taken over by another node."));
        }
        finish();
    }

    private void beat() {
        if (heartbeat < 0) {
            heartbeat =
                    door.vertx()
                            .setPeriodic(
                                    door.settings().heartbeatMillis(),
                                    tick -> renderer.heartbeat());
        }
    }

    @Override
    public boolean waits() {
        return renderer.waits();
    }

    @Override
    public void review(Review review) {
        if (!exchange.response().headWritten()) {
            decided(review.decision());
            renderer.review(review);
            beat();
        }
    }

    @Override
    public void refused(Refused refusal) {
        if (exchange.response().headWritten()) {
            renderer.refusedAfterReview(refusal.problem(), exchange.requestId());
        } else {
            refusal.decision().ifPresent(this::decided);
            exchange.refuse(refusal.problem());
        }
        finish();
    }

    private void decided(RecordedDecision recorded) {
        decision = recorded.verdict().word().wireName();
        exchange.decidedBy(recorded);
    }

    private void holdBack() {
        HttpServerResponse response = exchange.response();
        if (turn != null && !stalled && response.headWritten() && response.writeQueueFull()) {
            Turn held = turn;
            stalled = true;
            held.pause();
            stall =
                    door.vertx()
                            .setTimer(
                                    door.settings().stallTimeoutMillis(),
                                    late -> exchange.hangUp());
            response.drainHandler(
                    drained -> {
                        stalled = false;
                        door.vertx().cancelTimer(stall);
                        held.resume();
                    });
        }
    }

    private void finish() {
        if (over) {
            return;
        }
        over = true;
        door.vertx().cancelTimer(heartbeat);
        door.vertx().cancelTimer(stall);
        running.decrementAndGet();
        meter.ended(accepted || !decision.equals("none") ? decision : "refused");
    }
}
