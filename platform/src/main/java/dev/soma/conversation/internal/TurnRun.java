package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Channel;
import dev.soma.conversation.Turns.OnDisconnect;
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
import dev.soma.conversation.internal.TurnWrite.Refuse;
import dev.soma.conversation.internal.TurnWrite.State;
import dev.soma.conversation.internal.TurnWrite.TurnEnd;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Digest;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.KillQuestion;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.Verdict;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.Failure;
import dev.soma.provider.ProviderClient.ProviderCall;
import dev.soma.provider.ProviderClient.ProviderListener;
import dev.soma.provider.ProviderClient.TokenUsage;
import io.vertx.core.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One judged turn: recorded in the audit log and in PostgreSQL side by side, called once both are
/// on
/// disk, settled before its end is told. Lives on one event loop.
final class TurnRun implements Turn, ProviderListener, RunningTurns.Running, TurnVoice.Ears {
    private static final String KILLED = "killed";

    private final Writing writing;
    private final ActorContext actor;
    private TurnRequest request;
    private final ModelTarget target;
    private final TurnListener listener;
    private final Context loop;
    private final UUID id;
    private final String session;
    private final MessageDigest text = Digest.newSha256();
    private final Asked asked;
    private final Optional<Ticket> ticket;
    private @Nullable Judged judged;
    private @Nullable TurnKey key;
    private @Nullable ProviderCall call;
    private long wallClockSeconds;
    private @Nullable Began began;
    private @Nullable TurnVoice voice;
    private long outputBytes;
    private boolean gone;
    private boolean callerSlow;
    private boolean journalFull;
    private boolean ended;

    /// What is asked, of whom.
    ///
    /// @param request with the history before what the caller says
    /// @param ticket to be left once the turn is admitted or refused
    record Work(
            ActorContext actor,
            TurnRequest request,
            Asked asked,
            ModelTarget target,
            Optional<Ticket> ticket) {}

    TurnRun(Writing writing, Work work, TurnListener listener, Context loop) {
        this.writing = writing;
        this.actor = work.actor();
        this.request = work.request();
        this.asked = work.asked();
        this.target = work.target();
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
                        id, recorded.row(), session, request.session().isEmpty(), target.address());
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
        began =
                new Began(
                        id,
                        session,
                        turn.decision(),
                        turn.verdict().constitutionHash(),
                        turn.verdict().score(),
                        target.address(),
                        writing.clock().instant().getEpochSecond());
        Beginning beginning = new Beginning(began, request.delivery().stream());
        if (!writing.committer()
                .offer(new Admit(turn, bounds().hold(id, actor), beginning, asked, admission))) {
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
            case Admission.Admitted(long first) -> {
                boolean told = request.delivery().stream();
                voice =
                        new TurnVoice(
                                requireKey(),
                                told ? first + 1 : first,
                                told,
                                writing.committer(),
                                loop,
                                this);
                if (decision.isEmpty()) {
                    refuseAdmitted("audit_unavailable", unrecorded(), decision);
                    return;
                }
                writing.policy().recordAdmission(decision.get(), id, "");
                call(decision.get(), first);
            }
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

    private TurnKey requireKey() {
        TurnKey turn = key;
        if (turn == null) {
            throw new IllegalStateException("a turn goes on after it began");
        }
        return turn;
    }

    /// The caller has heard nothing yet, so this is still a refusal.
    private void refuseAdmitted(
            String reason, Problem problem, Optional<RecordedDecision> decision) {
        end(
                TurnEnd.failed(reason, ""),
                Optional.of(new Usage(0, 0, 0)),
                new TurnEvent.Failed(problem, actor.requestId()),
                (written, last) -> listener.refused(new Refused(problem, decision)));
    }

    private TurnBounds bounds() {
        return new TurnBounds(request, target, writing.settings().defaultMaxTokens());
    }

    private void call(RecordedDecision decision, long first) {
        Optional<Problem> killed = writing.running().enter(this);
        if (killed.isPresent()) {
            refuseAdmitted(KILLED, killed.get(), Optional.of(decision));
            return;
        }
        if (began != null && request.delivery().stream()) {
            listener.frames(TurnJournal.one(first, began));
        } else if (began != null) {
            say(began);
        }
        if (gone && request.delivery().onDisconnect() != OnDisconnect.CONTINUE) {
            ended(new Ending.Failed(Failure.CUT, 0, Optional.of(new TokenUsage(0, 0))));
            return;
        }
        ProviderCall started =
                writing.client()
                        .start(
                                target,
                                ProviderBody.of(
                                        request,
                                        actor,
                                        decision,
                                        bounds().maxTokens(),
                                        wallClockSeconds),
                                this);
        call = started;
        if (paused()) {
            started.pause();
        }
    }

    private void say(TurnEvent event) {
        if (voice != null) {
            voice.say(event);
        }
    }

    @Override
    public UUID id() {
        return id;
    }

    @Override
    public KillQuestion question() {
        return KillQuestion.ofModel(actor.tenant(), target.address());
    }

    @Override
    public void kill(Problem why) {
        halt(
                usage ->
                        end(
                                new TurnEnd(State.CUT, "", sha256(), KILLED, true),
                                usage,
                                new TurnEvent.Cut(why, actor.requestId()),
                                this::told));
    }

    @Override
    public void stop(String reason, boolean keep) {
        halt(
                usage -> {
                    Usage counted = usage.orElseThrow();
                    say(new TurnEvent.Counted(counted));
                    String sha256 = sha256();
                    end(
                            new TurnEnd(State.STOPPED, "", sha256, reason, keep),
                            usage,
                            new TurnEvent.Stopped(reason, sha256, counted),
                            this::told);
                });
    }

    /// Ends the call from this side. What the provider said until now stands. The provider has not
    /// counted, so this side's own upper bound is booked: no text has more tokens than bytes.
    private void halt(Consumer<Optional<Usage>> then) {
        onLoop(
                () -> {
                    if (!ended) {
                        if (call != null) {
                            call.cancel();
                        }
                        then.accept(Optional.of(bounds().uncounted(outputBytes)));
                    }
                });
    }

    private String sha256() {
        return HexFormat.of().formatHex(text.digest());
    }

    @Override
    public void text(String piece) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        text.update(bytes);
        outputBytes += bytes.length;
        say(new TurnEvent.Delta(Channel.TEXT, piece));
    }

    @Override
    public void ended(Ending ending) {
        if (ended) {
            return;
        }
        String sha256 = sha256();
        switch (ending) {
            case Ending.Completed(String reason, Optional<TokenUsage> counted) -> {
                Optional<Usage> usage = counted.map(bounds()::priced);
                Usage told = usage.orElse(new Usage(0, 0, 0));
                say(new TurnEvent.Counted(told));
                end(
                        new TurnEnd(State.COMPLETED, reason, sha256, "", true),
                        usage,
                        new TurnEvent.Completed(reason, sha256, told),
                        this::told);
            }
            case Ending.Failed(Failure kind, int status, Optional<TokenUsage> counted) -> {
                Optional<Usage> usage =
                        kind == Failure.CONNECT || status >= 300
                                ? Optional.of(new Usage(0, 0, 0))
                                : counted.map(bounds()::priced);
                end(
                        TurnEnd.failed("provider_" + kind.name().toLowerCase(Locale.ROOT), sha256),
                        usage,
                        new TurnEvent.Failed(ProviderProblems.of(kind), actor.requestId()),
                        this::told);
            }
        }
    }

    private void told(boolean written, Frames last) {
        if (written) {
            written(last);
        } else {
            listener.lost();
        }
    }

    @Override
    public void written(Frames frames) {
        if (!gone) {
            listener.frames(frames);
        }
    }

    /// Another node has ended this turn, for its caller too; nothing is left to settle.
    @Override
    public void fenced() {
        if (!ended) {
            ended = true;
            writing.running().leave(this);
            if (call != null) {
                call.cancel();
            }
            listener.lost();
        }
    }

    @Override
    public void full() {
        journalFull = true;
        hold();
    }

    @Override
    public void roomy() {
        journalFull = false;
        letGo();
    }

    private void end(
            TurnEnd end, Optional<Usage> usage, TurnEvent.Ended last, TurnVoice.Told told) {
        ended = true;
        writing.running().leave(this);
        if (voice == null) {
            throw new IllegalStateException("a turn ends after it was admitted");
        }
        voice.end(end, usage, last, told);
    }

    private void onLoop(Runnable work) {
        loop.runOnContext(nothing -> work.run());
    }

    @Override
    public void disconnect() {
        gone = true;
        callerSlow = false;
        letGo();
        switch (request.delivery().onDisconnect()) {
            case CONTINUE -> {}
            case CANCEL -> onLoop(this::abandon);
            case DRAIN ->
                    writing.vertx().setTimer(writing.settings().drainMillis(), timer -> abandon());
        }
    }

    private void abandon() {
        if (call != null && !ended) {
            call.cancel();
            ended(new Ending.Failed(Failure.CUT, 0, Optional.empty()));
        }
    }

    private boolean paused() {
        return callerSlow || journalFull;
    }

    @Override
    public void pause() {
        callerSlow = true;
        hold();
    }

    @Override
    public void resume() {
        callerSlow = false;
        letGo();
    }

    private void hold() {
        if (call != null) {
            call.pause();
        }
    }

    private void letGo() {
        if (call != null && !paused()) {
            call.resume();
        }
    }
}
