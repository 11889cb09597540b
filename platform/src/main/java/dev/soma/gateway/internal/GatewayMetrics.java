package dev.soma.gateway.internal;

import dev.soma.kernel.TraceContext;
import dev.soma.runtime.Exemplars;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// The meters of the door; what they count of a turn leads to its trace.
class GatewayMetrics {
    private static final Duration[] BUCKETS =
            IntStream.of(5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
                    .mapToObj(Duration::ofMillis)
                    .toArray(Duration[]::new);

    private final MeterRegistry meters;
    private final Timer latency;
    private final Timer identity;

    GatewayMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.identity = meters.timer("soma_identity_authenticate_seconds");
        this.latency =
                Timer.builder("orchestrator_request_latency_seconds")
                        .serviceLevelObjectives(BUCKETS)
                        .register(meters);
    }

    void identified(long nanos) {
        identity.record(nanos, TimeUnit.NANOSECONDS);
    }

    TurnMeter turn(String route, long startedNanos, TraceContext trace) {
        return new TurnMeter(route, startedNanos, trace);
    }

    /// Measures one request from its arrival to its end.
    final class TurnMeter {
        private final String route;
        private final long startedNanos;
        private final TraceContext trace;

        private TurnMeter(String route, long startedNanos, TraceContext trace) {
            this.trace = trace;
            this.route = route;
            this.startedNanos = startedNanos;
        }

        /// @param decision allow, deny, review, or why it came to none
        void ended(String decision) {
            Exemplars.of(trace, () -> record(decision));
        }

        private void record(String decision) {
            latency.record(System.nanoTime() - startedNanos, TimeUnit.NANOSECONDS);
            meters.counter("orchestrator_requests_total", "route", route, "decision", decision)
                    .increment();
        }
    }
}
