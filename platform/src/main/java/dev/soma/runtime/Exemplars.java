package dev.soma.runtime;

import dev.soma.kernel.TraceContext;
import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/// Ties what a meter counts to a trace that shows it (OpenMetrics exemplars): whatever is recorded
/// within [#of] may carry that trace. Thread-safe.
public final class Exemplars implements SpanContext {
    private static final ThreadLocal<@Nullable TraceContext> CURRENT = new ThreadLocal<>();

    /// Records something that belongs to a trace.
    public static void of(TraceContext trace, Runnable recording) {
        CURRENT.set(trace);
        try {
            recording.run();
        } finally {
            CURRENT.remove();
        }
    }

    @Override
    public @Nullable String getCurrentTraceId() {
        TraceContext trace = CURRENT.get();
        return trace == null ? null : trace.traceId();
    }

    @Override
    public @Nullable String getCurrentSpanId() {
        TraceContext trace = CURRENT.get();
        return trace == null ? null : trace.spanId();
    }

    @Override
    public boolean isCurrentSpanSampled() {
        TraceContext trace = CURRENT.get();
        return trace != null && trace.sampled();
    }

    @Override
    public void markCurrentSpanAsExemplar() {}
}
