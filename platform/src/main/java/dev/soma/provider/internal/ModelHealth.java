package dev.soma.provider.internal;

import dev.soma.kernel.LruMap;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.Failure;
import dev.soma.provider.ProviderClient.TokenUsage;
import dev.soma.provider.internal.CallHistory.Health;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// What this node knows of models from its calls. Thread-safe.
class ModelHealth {
    /// Models that are remembered; the ones longest unused are forgotten first.
    private static final int MAX_MODELS = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Model> models = new LruMap<>(MAX_MODELS);

    private record Model(Breaker breaker, CallHistory history) {}

    private <T> T with(ModelTarget target, Function<Model, T> work) {
        lock.lock();
        try {
            return work.apply(
                    models.computeIfAbsent(
                            target.endpoint().baseUrl() + " " + target.model(),
                            key -> new Model(new Breaker(), new CallHistory())));
        } finally {
            lock.unlock();
        }
    }

    /// Whether it is worth asking; a call that goes on has to be followed by [#ended] or
    /// [#withdrawn].
    boolean mayCall(ModelTarget target, long now) {
        return with(target, model -> model.breaker().mayCall(now));
    }

    /// How long it rests still, in milliseconds.
    long restLeftMillis(ModelTarget target) {
        return with(
                target,
                model ->
                        TimeUnit.NANOSECONDS.toMillis(model.breaker().restLeft(System.nanoTime())));
    }

    Health health(ModelTarget target) {
        return with(target, model -> model.history().health(System.nanoTime()));
    }

    /// The caller took its call back, which says nothing of the model.
    void withdrawn(ModelTarget target) {
        with(
                target,
                model -> {
                    model.breaker().withdrawn();
                    return true;
                });
    }

    /// @param millis until its first piece, or its end where it had none
    void ended(ModelTarget target, Ending ending, long millis) {
        long now = System.nanoTime();
        with(target, model -> note(model, ending, now, millis));
    }

    private static boolean note(Model model, Ending ending, long now, long millis) {
        switch (ending) {
            case Ending.Completed _ -> {
                model.breaker().succeeded(now);
                model.history().add(now, false, millis);
            }
            case Ending.Failed(
                            Failure kind,
                            int status,
                            Optional<TokenUsage> usage,
                            long retryAfter) -> {
                model.breaker()
                        .failed(
                                now,
                                kind,
                                TimeUnit.MILLISECONDS.toNanos(retryAfter),
                                ThreadLocalRandom.current().nextDouble());
                if (kind.isOfModel()) {
                    model.history().add(now, true, millis);
                }
            }
        }
        return true;
    }
}
