package dev.soma.gateway.internal;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/// The meters of the door.
class GatewayMetrics {
    private final MeterRegistry meters;
    private final Timer latency;

    GatewayMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.latency = meters.timer("orchestrator_request_latency_seconds");
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
