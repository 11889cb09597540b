package dev.soma.conversation.internal;

import dev.soma.conversation.Turns.Accepted;
import dev.soma.conversation.Turns.Ended;
import dev.soma.conversation.Turns.Refused;
import dev.soma.conversation.Turns.Turn;
import dev.soma.conversation.Turns.TurnListener;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.GovernedTurns.Writing;
import dev.soma.conversation.internal.TurnWrite.Admission;
import dev.soma.conversation.internal.TurnWrite.Admit;
import dev.soma.conversation.internal.TurnWrite.End;
import dev.soma.conversation.internal.TurnWrite.Refuse;
import dev.soma.conversation.internal.TurnWrite.TurnEnd;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Digest;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger.HoldRequest;
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
import org.jspecify.annotations.Nullable;

/// One judged turn: recorded in the audit log and in PostgreSQL side by side, called once both are
/// on disk, settled
/// before its end is told. Lives on one event loop.
final class TurnRun implements Turn, ProviderListener, RunningTurns.Running {
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
    private @Nullable Judged judged;
    private @Nullable TurnKey key;
    private @Nullable ProviderCall call;
    private long wallClockSeconds;
    private boolean gone;
    private boolean paused;
    private boolean ended;

    TurnRun(
            Writing writing,
            ActorContext actor,
            TurnRequest request,
            ModelTarget target,
            TurnListener listener,
            Context loop) {
        this.writing = writing;
        this.actor = actor;
        this.request = request;
        this.target = target;
        this.listener = listener;
        this.loop = loop;
        this.id = writing.identifiers().next();
        this.session = request.session().orElseGet(id::toString);
    }

    /// The verdict could not be completed, so there is none and nothing is recorded.
    void undecided() {
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
        if (!writing.committer().offer(new Admit(turn, hold(), admission))) {
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
        switch (admission) {
            case Admission.Admitted() -> {
                if (decision.isEmpty()) {
                    end(
                            new TurnEnd("", "", "audit_unavailable"),
                            Optional.of(new Usage(0, 0, 0)),
                            done -> listener.refused(new Refused(unrecorded(), Optional.empty())));
                    return;
                }
                writing.policy().recordAdmission(decision.get(), id, "");
                call(decision.get());
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

    /// A tokenizer that works on bytes never makes more tokens of a text than it has bytes, so
    /// bytes are an upper
    /// bound for every model; the template adds a few for each message.
    private HoldRequest hold() {
        long input = 64;
        for (var message : request.messages()) {
            input += 16 + message.text().getBytes(StandardCharsets.UTF_8).length;
        }
        input = Math.min(input, target.contextTokens());
        long output = Math.min(maxTokens(), target.contextTokens());
        return new HoldRequest(
                id,
                actor.tenant(),
                actor.actor().user(),
                actor.actor()
                        .credential()
                        .filter(name -> name.startsWith("key/"))
                        .map(name -> name.substring(4)),
                input + output,
                target.price().microUsd(input, output));
    }

    private long maxTokens() {
        return request.maxTokens().orElse(writing.settings().defaultMaxTokens());
    }

    private void call(RecordedDecision decision) {
        Optional<Problem> killed = writing.running().enter(this);
        if (killed.isPresent()) {
            end(
                    new TurnEnd("", "", KILLED),
                    Optional.of(new Usage(0, 0, 0)),
                    done -> listener.refused(new Refused(killed.get(), Optional.of(decision))));
            return;
        }
        listener.accepted(
                new Accepted(
                        id,
                        session,
                        decision,
                        target.address(),
                        writing.clock().instant().getEpochSecond()));
        if (gone) {
            ended(new Ending.Failed(Failure.CUT, 0, Optional.of(new TokenUsage(0, 0))));
            return;
        }
        ProviderCall started =
                writing.client()
                        .start(
                                target,
                                ProviderBody.of(
                                        request, actor, decision, maxTokens(), wallClockSeconds),
                                this);
        call = started;
        if (paused) {
            started.pause();
        }
    }

    @Override
    public KillQuestion question() {
        return KillQuestion.ofModel(actor.tenant(), target.address());
    }

    /// What the provider said until now stands; what it would have cost is booked as the whole
    /// hold,
    /// because nobody counted.
    @Override
    public void kill(Problem why) {
        onLoop(
                () -> {
                    if (ended) {
                        return;
                    }
                    if (call != null) {
                        call.cancel();
                    }
                    String sha256 = HexFormat.of().formatHex(text.digest());
                    end(
                            new TurnEnd("", sha256, KILLED),
                            Optional.empty(),
                            written -> listener.ended(new Ended.Failed(why)));
                });
    }

    @Override
    public void text(String piece) {
        text.update(piece.getBytes(StandardCharsets.UTF_8));
        if (!gone) {
            listener.text(piece);
        }
    }

    @Override
    public void ended(Ending ending) {
        if (ended) {
            return;
        }
        String sha256 = HexFormat.of().formatHex(text.digest());
        switch (ending) {
            case Ending.Completed(String reason, Optional<TokenUsage> counted) -> {
                Optional<Usage> usage = counted.map(this::priced);
                end(
                        new TurnEnd(reason, sha256, ""),
                        usage,
                        written ->
                                listener.ended(
                                        completed(
                                                written,
                                                reason,
                                                usage.orElse(new Usage(0, 0, 0)),
                                                sha256)));
            }
            case Ending.Failed(Failure kind, int status, Optional<TokenUsage> counted) -> {
                Optional<Usage> usage =
                        kind == Failure.CONNECT || status >= 300
                                ? Optional.of(new Usage(0, 0, 0))
                                : counted.map(this::priced);
                end(
                        new TurnEnd("", sha256, "provider_" + kind.name().toLowerCase(Locale.ROOT)),
                        usage,
                        written -> listener.ended(new Ended.Failed(problem(kind))));
            }
        }
    }

    private Usage priced(TokenUsage counted) {
        return new Usage(
                counted.inputTokens(),
                counted.outputTokens(),
                target.price().microUsd(counted.inputTokens(), counted.outputTokens()));
    }

    private static Ended completed(boolean written, String reason, Usage usage, String sha256) {
        return written
                ? new Ended.Completed(reason, usage, sha256)
                : new Ended.Failed(
                        Problem.of(
                                ProblemKind.INTERNAL_ERROR,
                                "The turn was taken over by another node."));
    }

    private static Problem problem(Failure kind) {
        return switch (kind) {
            case CONTEXT_LENGTH ->
                    Problem.of(
                            ProblemKind.CONTEXT_LENGTH_EXCEEDED,
                            "Shorten the messages or ask for fewer tokens.");
            case TIMEOUT ->
                    Problem.of(
                            ProblemKind.DEADLINE_EXCEEDED, "The provider did not answer in time.");
            case CONNECT ->
                    Problem.of(ProblemKind.PROVIDER_FAILED, "The provider cannot be reached.");
            case RATE_LIMITED ->
                    Problem.of(
                            ProblemKind.PROVIDER_FAILED,
                            "The provider takes no more requests at present.");
            case REFUSED ->
                    Problem.of(ProblemKind.PROVIDER_FAILED, "The provider refused the request.");
            case SERVER_ERROR ->
                    Problem.of(
                            ProblemKind.PROVIDER_FAILED,
                            "The provider reported a failure of its own.");
            case CUT ->
                    Problem.of(
                            ProblemKind.PROVIDER_FAILED,
                            "The provider broke off in the middle of its answer.");
            case MALFORMED ->
                    Problem.of(
                            ProblemKind.PROVIDER_FAILED,
                            "The provider's answer is not what it should be.");
            case TOO_LARGE ->
                    Problem.of(ProblemKind.PROVIDER_FAILED, "The provider's answer is too large.");
        };
    }

    private interface Told {
        void written(boolean written);
    }

    private void end(TurnEnd end, Optional<Usage> usage, Told told) {
        ended = true;
        writing.running().leave(this);
        TurnKey turn = key;
        if (turn == null) {
            throw new IllegalStateException("a turn ends after it began");
        }
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        writing.committer().offerEnd(new End(turn, end, usage, done));
        var _ = done.thenAccept(written -> onLoop(() -> told.written(written)));
    }

    private void onLoop(Runnable work) {
        loop.runOnContext(nothing -> work.run());
    }

    /// The caller left: what the provider still says is drained for a while, so that its own count
    /// of tokens arrives.
    @Override
    public void disconnect() {
        gone = true;
        if (paused) {
            resume();
        }
        writing.vertx()
                .setTimer(
                        writing.settings().drainMillis(),
                        timer -> {
                            if (call != null && !ended) {
                                call.cancel();
                                ended(new Ending.Failed(Failure.CUT, 0, Optional.empty()));
                            }
                        });
    }

    @Override
    public void pause() {
        paused = true;
        if (call != null) {
            call.pause();
        }
    }

    @Override
    public void resume() {
        paused = false;
        if (call != null) {
            call.resume();
        }
    }
}
