package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.Turns.Refused;
import dev.soma.conversation.Turns.Review;
import dev.soma.conversation.Turns.Turn;
import dev.soma.conversation.Turns.TurnListener;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.GovernedTurns.Writing;
import dev.soma.conversation.internal.SessionDoor.Ticket;
import dev.soma.conversation.internal.SessionEntry.Entered;
import dev.soma.conversation.internal.TurnWrite.Asked;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.policy.Approvals.State;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.PolicyRequest;
import dev.soma.provider.ModelRoute;
import dev.soma.provider.Providers;
import io.vertx.core.Context;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The first half of a turn: its place in the session, is there such a model, what does the policy
/// say. [TurnRun] does the rest. Lives on one event loop.
final class TurnStart implements Turn {
    private final Writing writing;
    private final Providers providers;
    private final ActorContext actor;
    private final TurnListener listener;
    private final Context loop;
    private @Nullable TurnRun run;
    private @Nullable TurnRequest original;
    private volatile boolean gone;

    TurnStart(
            Writing writing,
            Providers providers,
            ActorContext actor,
            TurnListener listener,
            Context loop) {
        this.writing = writing;
        this.providers = providers;
        this.actor = actor;
        this.listener = listener;
        this.loop = loop;
    }

    void begin(TurnRequest request) {
        original = request;
        Optional<Problem> objection = OutputForm.objection(request.parameters());
        if (objection.isPresent()) {
            refuse(objection.get());
            return;
        }
        if (request.session().isEmpty()
                && request.past().after().isEmpty()
                && request.delivery().once().isEmpty()) {
            entered(SessionEntry.at(request));
            return;
        }
        writing.entry()
                .enter(
                        actor,
                        request,
                        writing.policy().wallClockSeconds() * 1_000,
                        entered -> loop.runOnContext(nothing -> entered(entered)));
    }

    private void entered(Entered entered) {
        switch (entered) {
            case Entered.In(TurnRequest request, Asked asked, Optional<Ticket> ticket) -> {
                if (gone) {
                    ticket.ifPresent(Ticket::leave);
                    refuse(Problem.of(ProblemKind.CONFLICT, "The caller left before its turn."));
                } else {
                    judge(request, asked, ticket);
                }
            }
            case Entered.Out(Problem problem) -> refuse(problem);
            case Entered.Again(Frames told) -> listener.frames(told);
        }
    }

    private void judge(TurnRequest request, Asked asked, Optional<Ticket> ticket) {
        Optional<ModelRoute> route = providers.route(actor, request.model());
        if (route.isEmpty()) {
            ticket.ifPresent(Ticket::leave);
            refuse(
                    Problem.of(
                            ProblemKind.MODEL_UNKNOWN,
                            "GET /v1/models lists the models there are."));
            return;
        }
        PolicyRequest question = Judging.question(actor, request, route.get().first());
        switch (writing.policy().judge(actor, question)) {
            case PolicyEngine.Impossible(Problem problem) -> {
                ticket.ifPresent(Ticket::leave);
                refuse(problem);
            }
            case Judged judged -> {
                TurnRun turn =
                        new TurnRun(
                                writing,
                                new TurnRun.Work(actor, request, asked, route.get(), ticket),
                                listener,
                                loop,
                                this::review);
                run = turn;
                start(turn, request, judged);
            }
        }
    }

    /// What memory does not know is asked first: sequence rules, and the approval that the caller
    /// names, which is used up in the admitting transaction.
    private void start(TurnRun turn, TurnRequest request, Judged judged) {
        long seconds = writing.policy().wallClockSeconds();
        if (!judged.isOpen(request.approval())) {
            turn.start(judged, seconds);
            return;
        }
        var _ =
                writing.policy()
                        .settle(actor, judged, request.approval())
                        .whenComplete(
                                (settled, failure) ->
                                        loop.runOnContext(
                                                now -> {
                                                    if (settled == null || failure != null) {
                                                        turn.undecided();
                                                    } else {
                                                        turn.start(settled, seconds);
                                                    }
                                                }));
    }

    /// Waits for a person, then asks again under the approval.
    private void review(RecordedDecision decision) {
        writing.reviews()
                .await(
                        actor.tenant(),
                        decision.id(),
                        () -> gone,
                        new Reviews.Waiting() {
                            @Override
                            public void until(Instant expiresAt) {
                                loop.runOnContext(
                                        nothing ->
                                                listener.review(new Review(decision, expiresAt)));
                            }

                            @Override
                            public void over(State state) {
                                loop.runOnContext(nothing -> reviewed(decision, state));
                            }
                        });
    }

    private void reviewed(RecordedDecision decision, State state) {
        TurnRequest request = original;
        if (request != null && state == State.APPROVED) {
            begin(request.approvedBy(Optional.of(decision.id())));
            return;
        }
        String why = state == State.DENIED ? "A person has denied it." : "Nobody decided in time.";
        listener.refused(
                new Refused(
                        new Problem(
                                ProblemKind.POLICY_DENIED,
                                why,
                                decision.verdict().violations(),
                                ""),
                        Optional.of(decision)));
    }

    private void refuse(Problem problem) {
        listener.refused(new Refused(problem, Optional.empty()));
    }

    @Override
    public void disconnect() {
        gone = true;
        if (run != null) {
            run.disconnect();
        }
    }

    /// A turn that has not begun is left alone: its caller hears of it in a moment.
    @Override
    public void stop(String reason) {
        if (run != null) {
            run.stop(reason);
        }
    }

    @Override
    public void pause() {
        if (run != null) {
            run.pause();
        }
    }

    @Override
    public void resume() {
        if (run != null) {
            run.resume();
        }
    }
}
