package dev.soma.provider.internal;

import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient;
import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.Failure;
import dev.soma.provider.ProviderClient.ProviderCall;
import dev.soma.provider.ProviderClient.ProviderListener;
import dev.soma.provider.ProviderClient.ProviderRequest;
import dev.soma.provider.ProviderClient.TokenUsage;
import dev.soma.provider.internal.FairQueue.Place;
import dev.soma.provider.internal.FairQueue.Ticket;
import dev.soma.runtime.Traces;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A call that waits for its turn, then runs. Lives on one event loop but for [#granted].
final class QueuedCall implements ProviderCall {
    /// How often a place that has changed is told.
    private static final long TELL_MILLIS = 500;

    private final ProviderLine line;
    private final Vertx vertx;
    private final Context loop;
    private final ProviderListener listener;
    private final Wanted wanted;
    private final Ticket ticket;
    private final long joined = System.nanoTime();
    private State state = State.WAITING;
    private Traces.@Nullable Span span;
    private @Nullable ProviderCall call;
    private long started;
    private long patience = -1;
    private long telling = -1;
    private int told;
    private boolean paused;

    private enum State {
        WAITING,
        RUNNING,
        OVER
    }

    /// What is done once it is its turn.
    record Wanted(
            ProviderClient calls, ModelTarget target, ProviderRequest request, Traces traces) {}

    QueuedCall(
            ProviderLine line,
            Vertx vertx,
            Context loop,
            ProviderListener listener,
            Wanted wanted) {
        this.line = line;
        this.vertx = vertx;
        this.loop = loop;
        this.listener = listener;
        this.wanted = wanted;
        var share = wanted.request().share();
        this.ticket = new Ticket(share.tenant().value(), share.prefix(), share.tokens());
    }

    /// @param patienceMillis how long it waits at most
    void join(int patienceMillis) {
        switch (line.offer(ticket, this)) {
            case RUNS -> run();
            case WAITS -> {
                span = wanted.traces().part(wanted.request().trace(), "provider.queue");
                long millis = Math.min(patienceMillis, wanted.request().timeoutMillis());
                patience = vertx.setTimer(Math.max(1, millis), late -> giveUp());
                telling = vertx.setPeriodic(TELL_MILLIS, tick -> tellPlace());
                loop.runOnContext(nothing -> tellPlace());
            }
            case FULL -> {
                Place last = line.last();
                loop.runOnContext(nothing -> refuse(last.nanos()));
            }
        }
    }

    private void tellPlace() {
        if (state != State.WAITING) {
            return;
        }
        Optional<Place> place = line.place(ticket);
        if (place.isPresent() && place.get().position() != told) {
            told = place.get().position();
            listener.queued(told, millis(place.get().nanos()));
        }
    }

    private static OptionalLong millis(OptionalLong nanos) {
        return nanos.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong()));
    }

    private void giveUp() {
        OptionalLong left = line.place(ticket).map(Place::nanos).orElse(OptionalLong.empty());
        if (state == State.WAITING && line.withdraw(ticket)) {
            line.gaveUp();
            refuse(left);
        }
    }

    private void refuse(OptionalLong nanos) {
        if (state == State.WAITING) {
            over();
            listener.ended(
                    new Ending.Failed(
                            Failure.BUSY,
                            0,
                            Optional.of(new TokenUsage(0, 0)),
                            millis(nanos).orElse(0)));
        }
    }

    /// Its turn has come. Called from any thread.
    void granted() {
        loop.runOnContext(nothing -> run());
    }

    private void run() {
        if (state == State.OVER) {
            line.end(ticket, OptionalLong.of(0), 0);
            return;
        }
        state = State.RUNNING;
        stopTimers();
        started = System.nanoTime();
        line.waited(started - joined);
        listener.sent();
        ProviderRequest request = wanted.request();
        long left = request.timeoutMillis() - TimeUnit.NANOSECONDS.toMillis(started - joined);
        ProviderCall begun = start(request.within(Math.max(1, left)));
        call = begun;
        if (paused && state == State.RUNNING) {
            begun.pause();
        }
    }

    /// A call that cannot even begin gives its place back.
    private ProviderCall start(ProviderRequest request) {
        try {
            return wanted.calls().start(wanted.target(), request, new Heard());
        } catch (RuntimeException e) {
            leave(OptionalLong.of(0));
            throw e;
        }
    }

    private void stopTimers() {
        if (span != null) {
            span.end();
        }
        vertx.cancelTimer(patience);
        vertx.cancelTimer(telling);
    }

    private void over() {
        state = State.OVER;
        stopTimers();
    }

    private void leave(OptionalLong used) {
        over();
        line.end(ticket, used, System.nanoTime() - started);
    }

    @Override
    public void cancel() {
        switch (state) {
            case WAITING -> {
                over();
                line.withdraw(ticket);
            }
            case RUNNING -> {
                if (call != null) {
                    call.cancel();
                }
                leave(OptionalLong.empty());
            }
            case OVER -> {}
        }
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

    private final class Heard extends ForwardingListener {
        private Heard() {
            super(listener);
        }

        @Override
        public void ended(Ending ending) {
            leave(tokens(ending));
            super.ended(ending);
        }

        private OptionalLong tokens(Ending ending) {
            Optional<TokenUsage> usage =
                    switch (ending) {
                        case Ending.Completed(String reason, Optional<TokenUsage> counted) ->
                                counted;
                        case Ending.Failed failed ->
                                failed.kind().isFree()
                                        ? Optional.of(new TokenUsage(0, 0))
                                        : failed.usage();
                    };
            return usage.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(
                            Math.addExact(usage.get().inputTokens(), usage.get().outputTokens()));
        }
    }
}
