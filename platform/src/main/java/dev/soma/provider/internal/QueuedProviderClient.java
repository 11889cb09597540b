package dev.soma.provider.internal;

import dev.soma.provider.Endpoint;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient;
import dev.soma.provider.internal.FairQueue.Limits;
import dev.soma.runtime.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/// Keeps to the number of calls that a provider serves at once; the others wait for their turn in a
/// [ProviderLine]. Thread-safe.
class QueuedProviderClient implements ProviderClient {
    /// Lines that are kept; beyond these, those in which nobody stands are dropped.
    private static final int MAX_LINES = 1_000;

    private final ProviderClient calls;
    private final Vertx vertx;
    private final ProviderSettings settings;
    private final Watch watch;
    private final ConcurrentHashMap<Key, ProviderLine> lines = new ConcurrentHashMap<>();

    /// A server has one line, whoever defined it.
    private record Key(URI baseUrl, int limit) {}

    /// Who hears how the lines do.
    record Watch(MeterRegistry meters, Traces traces) {}

    QueuedProviderClient(
            ProviderClient calls, Vertx vertx, ProviderSettings settings, Watch watch) {
        this.calls = calls;
        this.vertx = vertx;
        this.settings = settings;
        this.watch = watch;
    }

    @Override
    public ProviderCall start(
            ModelTarget target, ProviderRequest request, ProviderListener listener) {
        OptionalInt limit = target.endpoint().maxConcurrent();
        if (limit.isEmpty()) {
            return calls.start(target, request, listener);
        }
        Context loop = vertx.getOrCreateContext();
        QueuedCall call =
                new QueuedCall(
                        line(target, limit.getAsInt()),
                        vertx,
                        loop,
                        listener,
                        new QueuedCall.Wanted(calls, target, request, watch.traces()));
        call.join(settings.queueWaitMillis());
        return call;
    }

    private ProviderLine line(ModelTarget target, int limit) {
        if (lines.size() > MAX_LINES) {
            lines.values().removeIf(ProviderLine::idle);
        }
        return lines.computeIfAbsent(
                new Key(target.endpoint().baseUrl(), limit),
                key -> new ProviderLine(target.provider(), limits(limit), watch.meters()));
    }

    private Limits limits(int concurrent) {
        return new Limits(concurrent, settings.queuePerTenant(), settings.queueTotal());
    }

    /// How many calls wait for a provider, on this node.
    int waiting(Endpoint endpoint) {
        if (endpoint.maxConcurrent().isEmpty()) {
            return 0;
        }
        ProviderLine line =
                lines.get(new Key(endpoint.baseUrl(), endpoint.maxConcurrent().getAsInt()));
        return line == null ? 0 : line.waiting();
    }
}
