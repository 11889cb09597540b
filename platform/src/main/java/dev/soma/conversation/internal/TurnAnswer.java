package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Channel;
import dev.soma.conversation.Turns.OnDisconnect;
import dev.soma.conversation.Turns.TurnListener;
import dev.soma.conversation.internal.AttemptCall.Outcome;
import dev.soma.conversation.internal.GovernedTurns.Writing;
import dev.soma.conversation.internal.TurnWrite.State;
import dev.soma.conversation.internal.TurnWrite.TurnEnd;
import dev.soma.kernel.Digest;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.KillQuestion;
import dev.soma.policy.OutputGuard;
import dev.soma.policy.OutputGuard.Breach;
import dev.soma.policy.TurnRecord;
import dev.soma.provider.ProviderClient.Failure;
import io.vertx.core.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The answer of an admitted turn: from the models through the guard into the journal and to the
/// caller, until it ends, whoever ends it. Lives on one event loop.
final class TurnAnswer implements RunningTurns.Running, TurnVoice.Ears, AttemptCall.Heard {
    private static final String KILLED = "killed";

    private final Writing writing;
    private final TurnWork work;
    private final TurnListener listener;
    private final Context loop;
    private final TurnVoice voice;
    private final Frames beginning;
    private final Supplier<OutputGuard> guards;
    private final OutputGuard guard;
    private final OutputGuard thoughts;
    private final AttemptCall calls;
    private final MessageDigest text = Digest.newSha256();
    private final StringBuilder said = new StringBuilder();
    private final boolean formed;
    private int toolCalls;
    private boolean gone;
    private boolean callerSlow;
    private boolean journalFull;
    private boolean ended;

    /// @param first number of the turn's first event
    /// @param guards makes guards of the constitution that admitted the turn
    TurnAnswer(
            Writing writing,
            TurnWork work,
            long first,
            Supplier<OutputGuard> guards,
            TurnListener listener,
            Context loop) {
        this.writing = writing;
        this.work = work;
        this.guards = guards;
        this.guard = guards.get();
        this.thoughts = guards.get();
        this.formed = OutputForm.isAsked(work.request().parameters());
        this.listener = listener;
        this.loop = loop;
        boolean told = work.request().delivery().stream();
        this.beginning = TurnJournal.one(first, work.began());
        this.voice = new TurnVoice(work.key(), beginning, told, writing.committer(), loop, this);
        this.calls = new AttemptCall(writing, work, loop, this);
        if (!told) {
            voice.say(work.began());
        }
    }

    /// Calls the first model, unless something has stopped the turn already.
    ///
    /// @param refused hears of a turn that ends before its caller has heard anything
    void begin(Consumer<Problem> refused) {
        Optional<Problem> killed = writing.running().enter(this);
        if (killed.isPresent()) {
            refuse(KILLED, killed.get(), refused);
            return;
        }
        if (work.request().delivery().stream()) {
            listener.frames(beginning);
        }
        if (gone && work.request().delivery().onDisconnect() != OnDisconnect.CONTINUE) {
            failed(Failure.CUT, Optional.of(new Usage(0, 0, 0)), 0);
            return;
        }
        calls.begin(callerSlow || journalFull);
    }

    /// Ends the turn before its caller has heard anything, so this is still a refusal.
    void refuse(String reason, Problem problem, Consumer<Problem> refused) {
        end(
                TurnEnd.failed(reason, ""),
                Optional.of(new Usage(0, 0, 0)),
                new TurnEvent.Failed(problem, work.actor().requestId()),
                (written, last) -> refused.accept(problem));
    }

    @Override
    public UUID id() {
        return work.key().turn();
    }

    @Override
    public KillQuestion question() {
        return KillQuestion.ofModel(work.actor(), calls.target().address());
    }

    @Override
    public void kill(Problem why) {
        onLoop(() -> halt(usage -> cut(KILLED, why, usage)));
    }

    private void cut(String reason, Problem why, Usage usage) {
        voice.say(new TurnEvent.Counted(usage));
        end(
                new TurnEnd(State.CUT, "", sha256(), reason, true),
                Optional.of(usage),
                new TurnEvent.Cut(why, work.actor().requestId()),
                this::told);
    }

    @Override
    public void stop(String reason, boolean keep) {
        onLoop(() -> halt(usage -> stopped(reason, keep, usage)));
    }

    private void stopped(String reason, boolean keep, Usage usage) {
        voice.say(new TurnEvent.Counted(usage));
        String sha256 = sha256();
        end(
                new TurnEnd(State.STOPPED, "", sha256, reason, keep),
                Optional.of(usage),
                new TurnEvent.Stopped(reason, sha256, usage),
                this::told);
    }

    /// Ends the call from this side. What was said until now stands.
    private void halt(Consumer<Usage> then) {
        if (!ended) {
            then.accept(calls.halt());
        }
    }

    private String sha256() {
        return HexFormat.of().formatHex(text.digest());
    }

    /// Every answer passes the guard, whatever the dialect.
    @Override
    public void text(String piece) {
        if (!ended) {
            let(guard.feed(piece));
            guard.breach().ifPresent(breach -> halt(usage -> breached(breach, usage)));
        }
    }

    /// Guarded by itself: it is another text.
    @Override
    public void reasoning(String piece) {
        if (!ended) {
            think(thoughts.feed(piece));
            thoughts.breach().ifPresent(breach -> halt(usage -> breached(breach, usage)));
        }
    }

    private void think(String piece) {
        if (!piece.isEmpty()) {
            voice.say(new TurnEvent.Delta(Channel.REASONING, piece));
        }
    }

    /// A call is told whole, once nothing in it breaks a rule.
    @Override
    public void tool(ToolCall call) {
        if (ended) {
            return;
        }
        OutputGuard calling = guards.get();
        calling.feed(call.name() + "\n" + JsonStrings.of(call.arguments()));
        calling.finish();
        if (calling.breach().isPresent()) {
            halt(usage -> breached(calling.breach().get(), usage));
        } else {
            voice.say(new TurnEvent.ToolCalled(toolCalls++, call));
        }
    }

    /// Numbers, in which no rule can be broken.
    @Override
    public void embedding(int index, String base64) {
        if (!ended) {
            voice.say(new TurnEvent.Embedded(index, base64));
        }
    }

    private void let(String piece) {
        if (!piece.isEmpty()) {
            text.update(piece.getBytes(StandardCharsets.UTF_8));
            if (formed) {
                said.append(piece);
            }
            voice.say(new TurnEvent.Delta(Channel.TEXT, piece));
        }
    }

    /// What was told before the breach stands; nothing of the breach was.
    private void breached(Breach breach, Usage usage) {
        voice.say(new TurnEvent.GuardCut(breach.rule(), breach.article()));
        writing.policy().recordCut(calls.decision(), id(), breach);
        Problem problem =
                Problem.of(
                        ProblemKind.OUTPUT_REFUSED,
                        "The answer breaks the rule %s (article %s)."
                                .formatted(breach.rule(), breach.article()));
        cut("guard_cut", problem, usage);
    }

    @Override
    public void queued(int position, OptionalLong waitMillis) {
        if (!ended) {
            voice.say(new TurnEvent.Queued(position, waitMillis));
        }
    }

    @Override
    public void switched(String from, String to, Failure failure, int attempt) {
        voice.say(new TurnEvent.Switched(from, to, failure.wireName(), attempt));
    }

    @Override
    public void ended(Outcome outcome) {
        if (ended || breaksAtTheEnd(outcome)) {
            return;
        }
        switch (outcome) {
            case Outcome.Completed(String reason, Optional<Usage> usage) ->
                    completed(reason, usage);
            case Outcome.Failed(Failure failure, Optional<Usage> usage, long retryAfter) ->
                    failed(failure, usage, retryAfter);
        }
    }

    /// The end decides on what was held back.
    private boolean breaksAtTheEnd(Outcome outcome) {
        think(thoughts.finish());
        let(guard.finish());
        thoughts.breach()
                .or(guard::breach)
                .ifPresent(breach -> breached(breach, outcome.usage().orElseGet(calls::uncounted)));
        return guard.breach().isPresent() || thoughts.breach().isPresent();
    }

    /// An answer that is whole has to have the form that was asked for. That is found out beside
    /// this event loop.
    private void completed(String reason, Optional<Usage> usage) {
        if (!formed || !reason.equals("stop")) {
            settle(reason, usage);
            return;
        }
        String text = said.toString();
        JsonObject parameters = work.request().parameters();
        Thread.startVirtualThread(
                () -> {
                    boolean fits = hasForm(parameters, text);
                    onLoop(() -> checked(fits, reason, usage));
                });
    }

    /// Whatever a schema does to its validator, the turn has to end.
    private static boolean hasForm(JsonObject parameters, String text) {
        try {
            return OutputForm.of(parameters).map(form -> form.accepts(text)).orElse(true);
        } catch (RuntimeException | StackOverflowError e) {
            return false;
        }
    }

    private void checked(boolean fits, String reason, Optional<Usage> usage) {
        if (ended) {
            return;
        }
        if (fits) {
            settle(reason, usage);
            return;
        }
        usage.ifPresent(counted -> voice.say(new TurnEvent.Counted(counted)));
        end(
                TurnEnd.failed("form_broken", sha256()),
                usage,
                new TurnEvent.Failed(
                        Problem.of(
                                ProblemKind.PROVIDER_FAILED,
                                "The answer does not have the form that response_format asks for."),
                        work.actor().requestId()),
                this::told);
    }

    private void settle(String reason, Optional<Usage> usage) {
        Usage told = usage.orElse(new Usage(0, 0, 0));
        work.cache().completed(reason);
        voice.say(new TurnEvent.Counted(told));
        String sha256 = sha256();
        end(
                new TurnEnd(State.COMPLETED, reason, sha256, "", true),
                usage,
                new TurnEvent.Completed(reason, sha256, told),
                this::told);
    }

    private void failed(Failure failure, Optional<Usage> usage, long retryAfterMillis) {
        end(
                TurnEnd.failed("provider_" + failure.wireName(), sha256()),
                usage,
                new TurnEvent.Failed(
                        ProviderProblems.of(failure, retryAfterMillis), work.actor().requestId()),
                this::told);
    }

    private void end(
            TurnEnd end, Optional<Usage> usage, TurnEvent.Ended last, TurnVoice.Told told) {
        ended = true;
        writing.running().leave(this);
        voice.end(
                end,
                usage,
                calls.reports(),
                last,
                (written, frames) -> {
                    if (written) {
                        attest(end, usage, frames.last());
                    }
                    told.ended(written, frames);
                });
    }

    private static TurnRecord.Used used(Usage usage) {
        return new TurnRecord.Used(usage.inputTokens(), usage.outputTokens(), usage.microUsd());
    }

    /// The log says how it ended, once that is so.
    private void attest(TurnEnd end, Optional<Usage> usage, long last) {
        writing.policy()
                .recordTurn(
                        calls.decision(),
                        new TurnRecord(
                                id(),
                                end.state().wireName(),
                                end.outcome(),
                                usage.map(TurnAnswer::used),
                                beginning.first(),
                                last,
                                voice.sha256()));
    }

    /// The end is told even when nobody reads any more: whoever counts turns counts it down.
    private void told(boolean written, Frames last) {
        if (written) {
            listener.frames(last);
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
            calls.halt();
            listener.lost();
        }
    }

    @Override
    public void full() {
        journalFull = true;
        calls.pause();
    }

    @Override
    public void roomy() {
        journalFull = false;
        letGo();
    }

    private void letGo() {
        if (!callerSlow && !journalFull) {
            calls.resume();
        }
    }

    void pause() {
        callerSlow = true;
        calls.pause();
    }

    void resume() {
        callerSlow = false;
        letGo();
    }

    /// The caller left.
    void disconnect() {
        gone = true;
        resume();
        switch (work.request().delivery().onDisconnect()) {
            case CONTINUE -> {}
            case CANCEL -> onLoop(this::abandon);
            case DRAIN ->
                    writing.vertx().setTimer(writing.settings().drainMillis(), timer -> abandon());
        }
    }

    private void abandon() {
        if (!ended && calls.underWay()) {
            calls.drop();
            failed(Failure.CUT, Optional.empty(), 0);
        }
    }

    private void onLoop(Runnable work) {
        loop.runOnContext(nothing -> work.run());
    }
}
