package dev.soma.provider.internal;

import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient;
import dev.soma.runtime.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Keeps calls away from models that fail, and measures and traces every call (the names are those
/// of OpenTelemetry for generative AI). Thread-safe.
class GuardedProviderClient implements ProviderClient {
    private final ProviderClient calls;
    private final Vertx vertx;
    private final MeterRegistry meters;
    private final Traces traces;
    private final ModelHealth health;

    GuardedProviderClient(
            ProviderClient calls,
            ModelHealth health,
            Vertx vertx,
            MeterRegistry meters,
            Traces traces) {
        this.health = health;
        this.traces = traces;
        this.calls = calls;
        this.vertx = vertx;
        this.meters = meters;
    }

    @Override
    public ProviderCall start(
            ModelTarget target, ProviderRequest request, ProviderListener listener) {
        long now = System.nanoTime();
        if (!health.mayCall(target, now)) {
            Context loop = vertx.getOrCreateContext();
            Closed closed = new Closed(listener);
            loop.runOnContext(nothing -> closed.tell());
            return closed;
        }
        Traces.Span span =
                traces.call(request.trace(), request.operation().wireName() + " " + target.model());
        span.note("gen_ai.operation.name", request.operation().wireName())
                .note("gen_ai.provider.name", target.provider())
                .note("gen_ai.request.model", target.model())
                .note("server.address", target.endpoint().baseUrl().getHost())
                .note("server.port", target.endpoint().port());
        Watched watched = new Watched(target, listener, now, span);
        ProviderCall call = calls.start(target, request.at(span.context()), watched);
        return new Call(call, watched);
    }

    /// A call that is not made.
    private static final class Closed implements ProviderCall {
        private final ProviderListener listener;
        private boolean cancelled;

        private Closed(ProviderListener listener) {
            this.listener = listener;
        }

        private void tell() {
            if (!cancelled) {
                listener.ended(
                        new Ending.Failed(
                                Failure.UNAVAILABLE, 0, Optional.of(new TokenUsage(0, 0))));
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        @Override
        public void pause() {}

        @Override
        public void resume() {}
    }

    private static final class Call implements ProviderCall {
        private final ProviderCall call;
        private final Watched watched;

        private Call(ProviderCall call, Watched watched) {
            this.call = call;
            this.watched = watched;
        }

        @Override
        public void cancel() {
            call.cancel();
            watched.withdrawn();
        }

        @Override
        public void pause() {
            call.pause();
        }

        @Override
        public void resume() {
            call.resume();
        }
    }

    private final class Watched extends ForwardingListener {
        private final ModelTarget target;
        private final String provider;
        private final long started;
        private final Traces.Span span;
        private long firstNanos;
        private boolean over;

        private Watched(
                ModelTarget target, ProviderListener listener, long started, Traces.Span span) {
            super(listener);
            this.span = span;
            this.target = target;
            this.provider = target.provider();
            this.started = started;
        }

        @Override
        public void text(String piece) {
            if (firstNanos == 0) {
                firstNanos = System.nanoTime();
                meters.timer("soma_provider_first_token_seconds", "provider", provider)
                        .record(firstNanos - started, TimeUnit.NANOSECONDS);
            }
            super.text(piece);
        }

        @Override
        public void ended(Ending ending) {
            over = true;
            long first = firstNanos == 0 ? System.nanoTime() : firstNanos;
            health.ended(target, ending, TimeUnit.NANOSECONDS.toMillis(first - started));
            count(outcome(ending));
            span.end();
            super.ended(ending);
        }

        private String outcome(Ending ending) {
            return switch (ending) {
                case Ending.Completed(String reason, Optional<TokenUsage> usage) -> {
                    usage.ifPresent(this::used);
                    span.note("gen_ai.response.finish_reasons", reason);
                    yield "completed";
                }
                case Ending.Failed failed -> {
                    failed.usage().ifPresent(this::used);
                    String kind = failed.kind().wireName();
                    span.failed(kind);
                    yield kind;
                }
            };
        }

        private void used(TokenUsage usage) {
            span.note("gen_ai.usage.input_tokens", usage.inputTokens())
                    .note("gen_ai.usage.output_tokens", usage.outputTokens());
        }

        private void withdrawn() {
            if (!over) {
                over = true;
                health.withdrawn(target);
                count("cancelled");
                span.failed("cancelled").end();
            }
        }

        private void count(String outcome) {
            meters.timer("soma_provider_call_seconds", "provider", provider, "outcome", outcome)
                    .record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
        }
    }
}
