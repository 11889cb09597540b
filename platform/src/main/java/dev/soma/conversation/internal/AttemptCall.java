package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.GovernedTurns.Writing;
import dev.soma.conversation.internal.TurnWrite.Extend;
import dev.soma.kernel.ActorContext;
import dev.soma.metering.Ledger.HoldRequest;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Verdict;
import dev.soma.provider.CallReport;
import dev.soma.provider.CallReport.Asked;
import dev.soma.provider.CallReport.Counted;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.Failure;
import dev.soma.provider.ProviderClient.ProviderCall;
import dev.soma.provider.ProviderClient.ProviderListener;
import dev.soma.provider.ProviderClient.Share;
import dev.soma.provider.ProviderClient.TokenUsage;
import io.vertx.core.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The calls of one turn, one after another: when a model fails and another may stand in, the
/// switch
/// is judged, recorded and paid for like the first call, then announced. Attempts, time and money
/// of
/// all calls together stay within what the turn was admitted with. Lives on one event loop.
final class AttemptCall {
    private static final String CANCELLED = "cancelled";

    private final Writing writing;
    private final TurnWork work;
    private TurnRequest request;
    private final Context loop;
    private final Heard heard;
    private final Attempts attempts;
    private final CallLog log;
    private final long deadlineNanos;
    private final StringBuilder said = new StringBuilder();
    private RecordedDecision decision;
    private Usage spent = new Usage(0, 0, 0);
    private Usage held;
    private @Nullable ProviderCall call;
    private long pieces;
    private long bytes;
    private boolean paused;
    private boolean over;

    /// Hears of the answer.
    interface Heard {
        void text(String piece);

        void reasoning(String piece);

        void tool(ToolCall call);

        void embedding(int index, String base64);

        /// The call waits for its turn.
        void queued(int position, OptionalLong waitMillis);

        /// Another model goes on.
        void switched(String from, String to, Failure failure, int attempt);

        /// No model goes on any more.
        void ended(Outcome outcome);
    }

    /// How the calls ended, with what all of them together used; empty when one was not counted.
    sealed interface Outcome {
        Optional<Usage> usage();

        record Completed(String finishReason, Optional<Usage> usage) implements Outcome {}

        /// @param retryAfterMillis how long it may be until it is worth asking again, or 0
        record Failed(Failure failure, Optional<Usage> usage, long retryAfterMillis)
                implements Outcome {}
    }

    AttemptCall(Writing writing, TurnWork work, Context loop, Heard heard) {
        this.writing = writing;
        this.work = work;
        this.request = work.request();
        this.loop = loop;
        this.heard = heard;
        this.attempts = new Attempts(work.route(), writing.settings().maxAttempts());
        this.log = new CallLog(writing.identifiers(), writing.clock());
        this.decision = work.decision();
        this.held = bounds(work.route().first()).most();
        this.deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(work.wallClockSeconds());
    }

    private TurnBounds bounds(ModelTarget target) {
        return new TurnBounds(request, target, writing.settings().defaultMaxTokens());
    }

    /// The model that is asked.
    ModelTarget target() {
        return attempts.current();
    }

    /// By which the model is asked.
    RecordedDecision decision() {
        return decision;
    }

    void begin(boolean held) {
        paused = held;
        call();
    }

    private void call() {
        bytes = 0;
        ProviderCall started = kept().orElseGet(this::callModel);
        call = started;
        if (paused && !over) {
            started.pause();
        }
    }

    /// An answer that was kept stands for the first model's.
    private Optional<ProviderCall> kept() {
        if (attempts.number() > 1) {
            return Optional.empty();
        }
        return work.cache()
                .answer()
                .map(
                        answer -> {
                            KeptCall kept = new KeptCall(answer, new Listening(attempts.number()));
                            kept.start(loop);
                            return kept;
                        });
    }

    private ProviderCall callModel() {
        ModelTarget target = target();
        log.begin(
                target,
                attempts.number(),
                decision.id(),
                new Asked(request.delivery().stream(), maxTokens()));
        return writing.client()
                .start(
                        target,
                        ProviderBody.of(
                                work.actor(),
                                request,
                                decision,
                                said.toString(),
                                maxTokens(),
                                new ProviderBody.Bounds(leftMillis(), share(target))),
                        new Listening(attempts.number()));
    }

    private Share share(ModelTarget target) {
        boolean limited = target.endpoint().maxConcurrent().isPresent();
        return new Share(
                work.actor().tenant(),
                limited ? ProviderBody.prefix(target, request) : "",
                limited ? bounds(target).most(said).tokens() : 1);
    }

    private long leftMillis() {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
    }

    /// A model that goes on may say what is left. Providers mostly send a token in a piece.
    private long maxTokens() {
        return Math.max(1, bounds(target()).maxTokens() - pieces);
    }

    /// Hears of one call; what comes of an earlier one is not heard any more.
    private final class Listening implements ProviderListener {
        private final int number;

        private Listening(int number) {
            this.number = number;
        }

        private boolean isHeard() {
            return !over && number == attempts.number();
        }

        @Override
        public void sent() {
            if (isHeard()) {
                log.sent();
            }
        }

        @Override
        public void queued(int position, OptionalLong waitMillis) {
            if (isHeard()) {
                heard.queued(position, waitMillis);
            }
        }

        @Override
        public void text(String piece) {
            if (isHeard()) {
                log.heard();
                pieces++;
                bytes += piece.getBytes(StandardCharsets.UTF_8).length;
                if (attempts.anyLeft()) {
                    said.append(piece);
                }
                work.cache().text(piece);
                heard.text(piece);
            }
        }

        @Override
        public void reasoning(String piece) {
            if (isHeard()) {
                log.heard();
                bytes += piece.getBytes(StandardCharsets.UTF_8).length;
                work.cache().reasoning(piece);
                heard.reasoning(piece);
            }
        }

        @Override
        public void tool(String id, String name, String arguments) {
            if (isHeard()) {
                bytes += (name + arguments).getBytes(StandardCharsets.UTF_8).length;
                ToolCall called = new ToolCall(id, name, arguments);
                work.cache().tool(called);
                heard.tool(called);
            }
        }

        @Override
        public void embedding(int index, String base64) {
            if (isHeard()) {
                log.heard();
                work.cache().embedding(index, base64);
                heard.embedding(index, base64);
            }
        }

        @Override
        public void ended(Ending ending) {
            if (isHeard()) {
                switch (ending) {
                    case Ending.Completed(String reason, Optional<TokenUsage> counted) -> {
                        over = true;
                        log.end("completed", reason, counted.map(this::byProvider));
                        heard.ended(new Outcome.Completed(reason, counted.map(this::total)));
                    }
                    case Ending.Failed failed -> failed(failed);
                }
            }
        }

        private Usage total(TokenUsage counted) {
            return plus(spent, bounds(target()).priced(counted));
        }

        private Counted byProvider(TokenUsage counted) {
            return new Counted(counted, bounds(target()).priced(counted).microUsd(), true);
        }

        private void failed(Ending.Failed failed) {
            boolean free = failed.kind().isFree() || failed.status() >= 300;
            Optional<Usage> used =
                    free
                            ? Optional.of(new Usage(0, 0, 0))
                            : failed.usage().map(bounds(target())::priced);
            ModelTarget from = target();
            Usage usedAtMost = used.orElseGet(() -> bounds(from).uncounted(bytes));
            Optional<Counted> byProvider =
                    failed.usage().filter(any -> !free).map(this::byProvider);
            boolean last =
                    deadlineNanos - System.nanoTime() <= 0
                            || attempts.next(failed.kind(), pieces > 0).isEmpty();
            Optional<Counted> byPlatform =
                    free || !last ? Optional.of(byPlatform(usedAtMost)) : Optional.empty();
            log.end(failed.kind().wireName(), "", byProvider.or(() -> byPlatform));
            if (last) {
                end(failed.kind(), used.map(rest -> plus(spent, rest)), failed.retryAfterMillis());
                return;
            }
            spent = plus(spent, usedAtMost);
            goOn(from, failed.kind());
        }
    }

    private static Counted byPlatform(Usage usage) {
        return new Counted(
                new TokenUsage(usage.inputTokens(), usage.outputTokens()), usage.microUsd(), false);
    }

    private void end(Failure failure, Optional<Usage> usage, long retryAfterMillis) {
        over = true;
        heard.ended(new Outcome.Failed(failure, usage, retryAfterMillis));
    }

    /// The next model is asked under a decision of its own. Sequence rules have counted the request
    /// already.
    private void goOn(ModelTarget from, Failure failure) {
        ActorContext actor = work.actor();
        PolicyRequest question = Judging.question(actor, request, target());
        if (writing.policy().judge(actor, question) instanceof Judged judged
                && judged.verdict().word() == Verdict.Word.ALLOW
                && writing.running().mayCall(actor, target().address())) {
            request =
                    Obliged.by(
                            judged.verdict().obligations(),
                            request,
                            writing.settings().defaultMaxTokens());
            record(judged, from, failure);
        } else {
            skip(from, failure);
        }
    }

    private void record(Judged judged, ModelTarget from, Failure failure) {
        var _ =
                writing.policy()
                        .recordEvaluation(work.actor(), judged)
                        .thenCombine(
                                extend(target()),
                                (recorded, fits) ->
                                        fits
                                                ? Optional.of(recorded)
                                                : Optional.<RecordedDecision>empty())
                        .exceptionally(broken -> Optional.empty())
                        .thenAccept(
                                recorded ->
                                        loop.runOnContext(
                                                nothing -> resumeWith(recorded, from, failure)));
    }

    private void skip(ModelTarget from, Failure failure) {
        if (attempts.next(failure, pieces > 0).isEmpty()) {
            end(failure, Optional.of(spent), 0);
        } else {
            goOn(from, failure);
        }
    }

    /// What was spent and what the next model may use have to be covered before it is asked.
    private CompletableFuture<Boolean> extend(ModelTarget next) {
        Usage needed = plus(spent, bounds(next).most(said));
        long tokens = Math.max(0, needed.tokens() - held.tokens());
        long microUsd = Math.max(0, needed.microUsd() - held.microUsd());
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        if (tokens == 0 && microUsd == 0) {
            done.complete(true);
            return done;
        }
        held =
                new Usage(
                        held.inputTokens() + tokens,
                        held.outputTokens(),
                        held.microUsd() + microUsd);
        HoldRequest more =
                bounds(next).hold(work.key().turn(), work.actor()).withAmounts(tokens, microUsd);
        if (!writing.committer().offer(new Extend(work.key(), more, done))) {
            done.complete(false);
        }
        return done;
    }

    private void resumeWith(
            Optional<RecordedDecision> recorded, ModelTarget from, Failure failure) {
        if (over) {
            return;
        }
        if (recorded.isEmpty()) {
            end(failure, Optional.of(spent), 0);
            return;
        }
        decision = recorded.get();
        work.cache().spoil();
        heard.switched(from.address(), target().address(), failure, attempts.number());
        call();
    }

    private static Usage plus(Usage a, Usage b) {
        return new Usage(
                Math.addExact(a.inputTokens(), b.inputTokens()),
                Math.addExact(a.outputTokens(), b.outputTokens()),
                Math.addExact(a.microUsd(), b.microUsd()));
    }

    boolean underWay() {
        return call != null && !over;
    }

    /// Ends the call from this side.
    ///
    /// @return what is booked: the provider has not counted, so this side's own upper bound is; no
    /// text has more tokens than bytes
    Usage halt() {
        cancel();
        if (usesModel()) {
            log.end(CANCELLED, "", Optional.of(byPlatform(bounds(target()).uncounted(bytes))));
        }
        return uncounted();
    }

    /// Ends the call from this side, and nobody knows what it used.
    void drop() {
        cancel();
        log.end(CANCELLED, "", Optional.empty());
    }

    private void cancel() {
        over = true;
        if (call != null) {
            call.cancel();
        }
    }

    /// A kept answer uses nothing.
    private boolean usesModel() {
        return call != null && work.cache().answer().isEmpty();
    }

    Usage uncounted() {
        return usesModel() ? plus(spent, bounds(target()).uncounted(bytes)) : spent;
    }

    /// Of the calls that are over.
    List<CallReport> reports() {
        return log.reports();
    }

    void pause() {
        paused = true;
        if (call != null && !over) {
            call.pause();
        }
    }

    void resume() {
        paused = false;
        if (call != null && !over) {
            call.resume();
        }
    }
}
