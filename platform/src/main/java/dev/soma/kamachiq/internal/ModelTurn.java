package dev.soma.kamachiq.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.Turns;
import dev.soma.conversation.Turns.Refused;
import dev.soma.conversation.Turns.Turn;
import dev.soma.conversation.Turns.TurnListener;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kamachiq.work.Payloads.Stop;
import dev.soma.kamachiq.work.Payloads.Why;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One turn of the conversation runtime, from an activity's point of view: it waits for the end.
/// Everything but [#begin] and [#stop] happens on the turn's event loop.
final class ModelTurn implements TurnListener {
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private final Context loop;
    private @Nullable Turn turn;

    /// What came of it.
    sealed interface Outcome {
        record Answered(ChatMessage message) implements Outcome {}

        record Stopped(Stop stop) implements Outcome {}

        /// The same request may do better a moment later.
        record Again(String why) implements Outcome {}
    }

    private ModelTurn(Context loop) {
        this.loop = loop;
    }

    static ModelTurn begin(Vertx vertx, Turns turns, ActorContext actor, TurnRequest request) {
        ModelTurn listener = new ModelTurn(vertx.getOrCreateContext());
        listener.loop.runOnContext(
                nothing -> listener.turn = turns.begin(actor, request, listener));
        return listener;
    }

    CompletableFuture<Outcome> outcome() {
        return outcome;
    }

    /// Nobody waits for it any more.
    void stop() {
        loop.runOnContext(
                nothing -> {
                    Turn running = turn;
                    if (running != null) {
                        running.stop("the project does not wait for it any more");
                    }
                });
    }

    /// A conflict is the same step, asked for by a worker that is gone and not answered yet.
    @Override
    public void refused(Refused refusal) {
        Problem problem = refusal.problem();
        outcome.complete(
                problem.kind().worthRetrying() || problem.kind() == ProblemKind.CONFLICT
                        ? new Outcome.Again(problem.detail())
                        : new Outcome.Stopped(stop(problem, refusal.decision())));
    }

    private static Stop stop(Problem problem, Optional<RecordedDecision> decision) {
        String detail = problem.kind().title() + ". " + problem.detail();
        String approval = decision.map(known -> known.id().toString()).orElse("");
        return switch (problem.kind()) {
            case BUDGET_EXHAUSTED, BUDGET_MISSING -> new Stop(Why.EXHAUSTED, detail, "");
            case REVIEW_REQUIRED -> new Stop(Why.BLOCKED, detail, approval);
            case KILLED -> new Stop(Why.BLOCKED, detail, "");
            case POLICY_DENIED, OUTPUT_REFUSED, CAPABILITY_MISSING ->
                    new Stop(Why.DENIED, detail, "");
            default -> Stop.failed(detail);
        };
    }

    @Override
    public void frames(Frames frames) {
        frames.events().forEach(this::heard);
    }

    private void heard(TurnEvent event) {
        switch (event) {
            case TurnEvent.Delta(TurnEvent.Channel channel, String piece) -> {
                if (channel == TurnEvent.Channel.TEXT) {
                    text.append(piece);
                }
            }
            case TurnEvent.ToolCalled(int index, ToolCall call) -> calls.add(call);
            case TurnEvent.Completed completed ->
                    outcome.complete(
                            new Outcome.Answered(
                                    new ChatMessage(
                                            "assistant",
                                            text.toString(),
                                            calls,
                                            Optional.empty())));
            case TurnEvent.Stopped(String reason, String sha256, var usage) ->
                    outcome.complete(new Outcome.Stopped(Stop.failed("the turn was stopped")));
            case TurnEvent.Cut(Problem problem, String requestId) -> ended(problem);
            case TurnEvent.Failed(Problem problem, String requestId) -> ended(problem);
            default -> {}
        }
    }

    /// It had begun and was paid for, so another try is another turn.
    private void ended(Problem problem) {
        outcome.complete(new Outcome.Stopped(stop(problem, Optional.empty()).afterBeginning()));
    }

    @Override
    public void lost() {
        outcome.complete(new Outcome.Again("another node ended the turn"));
    }
}
