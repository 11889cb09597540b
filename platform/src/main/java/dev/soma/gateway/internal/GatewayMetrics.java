package dev.soma.gateway.internal;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/// The meters of the door.
class GatewayMetrics {
    private final MeterRegistry meters;
    private final Timer latency;
    private final Timer identity;

    GatewayMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.identity = meters.timer("soma_identity_authenticate_seconds");
        this.latency = meters.timer("orchestrator_request_latency_seconds");
    }

    void identified(long nanos) {
        identity.record(nanos, TimeUnit.NANOSECONDS);
    }

    TurnMeter turn(String route, long startedNanos) {
        return new TurnMeter(route, startedNanos);
    }

    /// Measures one request from its arrival to its end.
    final class TurnMeter {
        private final String route;
        private final long startedNanos;

        private TurnMeter(String route, long startedNanos) {
            this.route = route;
            this.startedNanos = startedNanos;
        }

        /// @param decision allow, deny, review, or why it came to none
        void ended(String decision) {
            latency.record(System.nanoTime() - startedNanos, TimeUnit.NANOSECONDS);
            meters.counter("orchestrator_requests_total", "route", route, "decision", decision)
                    .increment();
        }
    }
}
