package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.Turns.Refused;
import dev.soma.conversation.Turns.Turn;
import dev.soma.conversation.Turns.TurnListener;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.GovernedTurns.Writing;
import dev.soma.conversation.internal.SessionDoor.Ticket;
import dev.soma.conversation.internal.TurnWrite.Admission;
import dev.soma.conversation.internal.TurnWrite.Admit;
import dev.soma.conversation.internal.TurnWrite.Asked;
import dev.soma.conversation.internal.TurnWrite.Beginning;
import dev.soma.conversation.internal.TurnWrite.End;
import dev.soma.conversation.internal.TurnWrite.Refuse;
import dev.soma.conversation.internal.TurnWrite.TurnEnd;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger.HoldRequest;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.OutputGuard;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.Verdict;
import dev.soma.provider.ModelRoute;
import io.vertx.core.Context;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The admission of one judged turn: recorded in the audit log and in PostgreSQL side by side; once
/// both are on disk, [TurnAnswer] goes on. Lives on one event loop.
final class TurnRun implements Turn {
    private final Writing writing;
    private final ActorContext actor;
    private TurnRequest request;
    private final ModelRoute route;
    private final TurnListener listener;
    private final Consumer<RecordedDecision> reviewing;
    private final Context loop;
    private final UUID id;
    private final String session;
    private final Asked asked;
    private final Optional<Ticket> ticket;
    private @Nullable Judged judged;
    private @Nullable TurnKey key;
    private long wallClockSeconds;
    private @Nullable Began began;
    private @Nullable TurnCache cache;
    private @Nullable TurnAnswer answer;
    private boolean gone;
    private boolean callerSlow;

    /// What is asked, of whom.
    ///
    /// @param request with the history before what the caller says
    /// @param ticket to be left once the turn is admitted or refused
    record Work(
            ActorContext actor,
            TurnRequest request,
            Asked asked,
            ModelRoute route,
            Optional<Ticket> ticket) {}

    /// @param reviewing hears of a decision that a person has to approve, where the caller waits
    TurnRun(
            Writing writing,
            Work work,
            TurnListener listener,
            Context loop,
            Consumer<RecordedDecision> reviewing) {
        this.reviewing = reviewing;
        this.writing = writing;
        this.actor = work.actor();
        this.request = work.request();
        this.asked = work.asked();
        this.route = work.route();
        this.ticket = work.ticket();
        this.listener = listener;
        this.loop = loop;
        this.id = writing.identifiers().next();
        this.session = request.session().orElseGet(id::toString);
    }

    /// The verdict could not be completed, so there is none and nothing is recorded.
    void undecided() {
        ticket.ifPresent(Ticket::leave);
        listener.refused(
                new Refused(
                        Problem.of(
                                ProblemKind.ENGINE_UNAVAILABLE,
                                "The database does not answer, so nothing was decided."),
                        Optional.empty()));
    }

    void start(Judged settled, long seconds) {
        judged = settled;
        wallClockSeconds = seconds;
        var recorded = writing.policy().record(actor, settled);
        Verdict verdict = settled.verdict();
        if (verdict.word() == Verdict.Word.ALLOW) {
            request =
                    Obliged.by(
                            verdict.obligations(), request, writing.settings().defaultMaxTokens());
        }
        key =
                new TurnKey(
                        id,
                        recorded.row(),
                        recorded.durable(),
                        session,
                        request.session().isEmpty(),
                        route.first().address());
        switch (verdict.word()) {
            case ALLOW -> admit(key, recorded.durable());
            case DENY -> refuse(key, recorded.durable(), ProblemKind.POLICY_DENIED);
            case REVIEW -> refuse(key, recorded.durable(), ProblemKind.REVIEW_REQUIRED);
        }
    }

    private void refuse(
            TurnKey turn, CompletableFuture<RecordedDecision> recorded, ProblemKind kind) {
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        if (!writing.committer().offer(new Refuse(turn, kind.slug(), written))) {
            written.complete(false);
        }
        var _ =
                recorded.thenCombine(written, (decision, whole) -> decision)
                        .whenComplete(
                                (decision, failure) ->
                                        onLoop(() -> refused(turn, kind, decision, failure)));
    }

    private void refused(
            TurnKey turn,
            ProblemKind kind,
            @Nullable RecordedDecision decision,
            @Nullable Throwable failure) {
        ticket.ifPresent(Ticket::leave);
        if (failure != null || decision == null) {
            listener.refused(new Refused(unrecorded(), Optional.empty()));
            return;
        }
        writing.policy().recordAdmission(decision, id, kind.slug());
        var violations = turn.verdict().violations();
        String first =
                violations.isEmpty() || violations.getFirst().article().isEmpty()
                        ? ""
                        : " (article %s)".formatted(violations.getFirst().article());
        String detail =
                kind == ProblemKind.REVIEW_REQUIRED
                        ? "A person has to approve this request%s: approval %s; send it again with it in X-Approval-Id."
                                .formatted(first, decision.id())
                        : "The request breaks a rule%s; see the violations.".formatted(first);
        if (kind == ProblemKind.REVIEW_REQUIRED && listener.waits()) {
            reviewing.accept(decision);
            return;
        }
        Problem problem = new Problem(kind, detail, violations, "");
        listener.refused(new Refused(problem, Optional.of(decision)));
    }

    private static Problem unrecorded() {
        return Problem.of(
                ProblemKind.ENGINE_UNAVAILABLE,
                "The decision could not be recorded, so nothing was done.");
    }

    private void admit(TurnKey turn, CompletableFuture<RecordedDecision> recorded) {
        CompletableFuture<Admission> admission = new CompletableFuture<>();
        TurnBounds bounds =
                new TurnBounds(request, route.first(), writing.settings().defaultMaxTokens());
        TurnCache used =
                TurnCache.of(
                        writing.cache(),
                        actor.tenant(),
                        request,
                        route,
                        turn.verdict().constitutionHash(),
                        bounds.maxTokens());
        cache = used;
        HoldRequest hold = bounds.hold(id, actor);
        began =
                new Began(
                        id,
                        session,
                        turn.decision(),
                        turn.verdict().constitutionHash(),
                        turn.verdict().score(),
                        route.first().address(),
                        writing.clock().instant().getEpochSecond(),
                        writing.identifiers().nonce(),
                        used.use());
        Beginning beginning = new Beginning(began, request.delivery().stream());
        if (!writing.committer()
                .offer(
                        new Admit(
                                turn,
                                used.answer().isPresent() ? hold.withAmounts(0, 0) : hold,
                                beginning,
                                asked,
                                admission))) {
            admission.complete(
                    new Admission.NotAdmitted(
                            ProblemKind.OVERLOADED,
                            "Too many turns wait to be recorded; try again."));
        }
        var _ =
                recorded.handle((decision, failure) -> Optional.ofNullable(decision))
                        .thenCombine(
                                admission,
                                (decision, outcome) -> (Runnable) () -> decided(decision, outcome))
                        .thenAccept(this::onLoop);
    }

    private void decided(Optional<RecordedDecision> decision, Admission admission) {
        ticket.ifPresent(Ticket::leave);
        switch (admission) {
            case Admission.Admitted(long first) -> admitted(decision, first);
            case Admission.NotAdmitted(ProblemKind kind, String detail) -> {
                if (judged != null) {
                    writing.policy().release(actor, judged);
                }
                decision.ifPresent(
                        recorded -> writing.policy().recordAdmission(recorded, id, kind.slug()));
                listener.refused(new Refused(Problem.of(kind, detail), decision));
            }
        }
    }

    private void admitted(Optional<RecordedDecision> decision, long first) {
        Began beginning = began;
        TurnKey turn = key;
        TurnCache used = cache;
        if (beginning == null || turn == null || used == null) {
            throw new IllegalStateException("a turn is admitted after it began");
        }
        Optional<Supplier<OutputGuard>> guards = writing.policy().outputGuards();
        if (decision.isEmpty() || guards.isEmpty()) {
            giveUp(turn, first, beginning);
            return;
        }
        writing.policy().recordAdmission(decision.get(), id, "");
        TurnWork work =
                new TurnWork(
                        actor,
                        request,
                        route,
                        turn,
                        decision.get(),
                        beginning,
                        used,
                        wallClockSeconds);
        TurnAnswer going = new TurnAnswer(writing, work, first, guards.get(), listener, loop);
        answer = going;
        if (callerSlow) {
            going.pause();
        }
        if (gone) {
            going.disconnect();
        }
        going.begin(problem -> listener.refused(new Refused(problem, decision)));
    }

    /// Admitted, and yet nothing may be called: the decision is not on disk.
    private void giveUp(TurnKey turn, long first, Began beginning) {
        boolean told = request.delivery().stream();
        Problem problem = unrecorded();
        TurnEvent end = new TurnEvent.Failed(problem, actor.requestId());
        Frames frames =
                told
                        ? TurnJournal.one(first + 1, end)
                        : TurnJournal.of(first, List.of(beginning, end));
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        writing.committer()
                .offerSurely(
                        new End(
                                turn,
                                TurnEnd.failed("audit_unavailable", ""),
                                Optional.of(new Usage(0, 0, 0)),
                                List.of(),
                                frames,
                                done));
        var _ =
                done.thenAccept(
                        written ->
                                onLoop(
                                        () ->
                                                listener.refused(
                                                        new Refused(problem, Optional.empty()))));
    }

    private void onLoop(Runnable work) {
        loop.runOnContext(nothing -> work.run());
    }

    @Override
    public void disconnect() {
        gone = true;
        if (answer != null) {
            answer.disconnect();
        }
    }

    @Override
    public void stop(String reason) {
        if (answer != null) {
            answer.stop(reason, true);
        }
    }

    @Override
    public void pause() {
        callerSlow = true;
        if (answer != null) {
            answer.pause();
        }
    }

    @Override
    public void resume() {
        callerSlow = false;
        if (answer != null) {
            answer.resume();
        }
    }
}
