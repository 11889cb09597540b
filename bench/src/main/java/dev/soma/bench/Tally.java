package dev.soma.bench;

import java.util.HashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/// Counts of a run in progress; confined to the generator's event loop.
final class Tally {
    private static final int MOST_REASONS = 50;

    private final Histogram latency = Quantiles.histogram();
    private final Histogram firstFrame = Quantiles.histogram();
    private final Histogram gap = Quantiles.histogram();
    private final Map<String, Long> failures = new HashMap<>();
    private long requests;
    private long framesExpected;
    private long framesReceived;
    private long framesLost;

    void frame(long sinceLastNanos) {
        Quantiles.record(gap, sinceLastNanos);
    }

    void firstFrame(long sincePlannedNanos) {
        Quantiles.record(firstFrame, sincePlannedNanos);
    }

    void frames(long expected, long received) {
        framesExpected += expected;
        framesReceived += received;
        framesLost += Math.max(0, expected - received);
    }

    void whole(long sincePlannedNanos) {
        requests++;
        Quantiles.record(latency, sincePlannedNanos);
    }

    void failed(String reason) {
        boolean known = failures.size() < MOST_REASONS || failures.containsKey(reason);
        failures.merge(known ? reason : "other", 1L, Long::sum);
    }

    LaneResult result(double seconds) {
        return new LaneResult(
                requests,
                failures,
                framesExpected,
                framesReceived,
                framesLost,
                seconds,
                Quantiles.of(latency),
                Quantiles.of(firstFrame),
                Quantiles.of(gap),
                null);
    }
}
