package dev.soma.provider.internal;

import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient;
import dev.soma.runtime.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps calls away from models that fail, and measures and traces every call (the names are those
/// of OpenTelemetry for generative AI). Thread-safe.
class GuardedProviderClient implements ProviderClient {
    /// Models that are remembered; the ones longest unused are forgotten first.
    private static final int MAX_MODELS = 10_000;

    private final ProviderClient calls;
    private final Vertx vertx;
    private final MeterRegistry meters;
    private final Traces traces;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Breaker> breakers =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Breaker> eldest) {
                    return size() > MAX_MODELS;
                }
            };

    GuardedProviderClient(ProviderClient calls, Vertx vertx, MeterRegistry meters, Traces traces) {
        this.traces = traces;
        this.calls = calls;
        this.vertx = vertx;
        this.meters = meters;
    }

    @Override
    public ProviderCall start(
            ModelTarget target, ProviderRequest request, ProviderListener listener) {
        String key = target.endpoint().baseUrl() + " " + target.model();
        long now = System.nanoTime();
        if (!mayCall(key, now)) {
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
        Watched watched = new Watched(key, target.provider(), listener, now, span);
        ProviderCall call = calls.start(target, request.at(span.context()), watched);
        return new Call(call, watched);
    }

    private boolean mayCall(String key, long now) {
        lock.lock();
        try {
            return breakers.computeIfAbsent(key, model -> new Breaker()).mayCall(now);
        } finally {
            lock.unlock();
        }
    }

    /// How long a model rests still, in milliseconds.
    long restLeftMillis(ModelTarget target) {
        lock.lock();
        try {
            Breaker breaker = breakers.get(target.endpoint().baseUrl() + " " + target.model());
            return breaker == null
                    ? 0
                    : TimeUnit.NANOSECONDS.toMillis(breaker.restLeft(System.nanoTime()));
        } finally {
            lock.unlock();
        }
    }

    private void withdraw(String key) {
        lock.lock();
        try {
            breakers.computeIfAbsent(key, model -> new Breaker()).withdrawn();
        } finally {
            lock.unlock();
        }
    }

    private void note(String key, Ending ending) {
        long now = System.nanoTime();
        lock.lock();
        try {
            Breaker breaker = breakers.computeIfAbsent(key, model -> new Breaker());
            switch (ending) {
                case Ending.Completed _ -> breaker.succeeded(now);
                case Ending.Failed(
                                Failure kind,
                                int status,
                                Optional<TokenUsage> usage,
                                long retryAfter) ->
                        breaker.failed(
                                now,
                                kind,
                                TimeUnit.MILLISECONDS.toNanos(retryAfter),
                                ThreadLocalRandom.current().nextDouble());
            }
        } finally {
            lock.unlock();
        }
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

    private final class Watched implements ProviderListener {
        private final String key;
        private final String provider;
        private final ProviderListener listener;
        private final long started;
        private final Traces.Span span;
        private boolean begun;
        private boolean over;

        private Watched(
                String key,
                String provider,
                ProviderListener listener,
                long started,
                Traces.Span span) {
            this.span = span;
            this.key = key;
            this.provider = provider;
            this.listener = listener;
            this.started = started;
        }

        @Override
        public void text(String piece) {
            if (!begun) {
                begun = true;
                meters.timer("soma_provider_first_token_seconds", "provider", provider)
                        .record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
            }
            listener.text(piece);
        }

        @Override
        public void reasoning(String piece) {
            listener.reasoning(piece);
        }

        @Override
        public void tool(String id, String name, String arguments) {
            listener.tool(id, name, arguments);
        }

        @Override
        public void embedding(int index, String base64) {
            listener.embedding(index, base64);
        }

        @Override
        public void ended(Ending ending) {
            over = true;
            note(key, ending);
            count(outcome(ending));
            span.end();
            listener.ended(ending);
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
                    String kind = failed.kind().name().toLowerCase(Locale.ROOT);
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
                withdraw(key);
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
