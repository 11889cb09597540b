package dev.soma.bench;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one run of a lane measured.
///
/// @param requests answers that were verified to be whole
/// @param failures requests without a whole answer, by reason
/// @param latency from the planned send time to the last byte
/// @param firstFrame from the planned send time to the first content, streams only
/// @param gap between two frames of one stream
/// @param cpu time of the measured process during the run, null when it was not measured
record LaneResult(
        long requests,
        Map<String, Long> failures,
        long framesExpected,
        long framesReceived,
        long framesLost,
        double seconds,
        Quantiles latency,
        Quantiles firstFrame,
        Quantiles gap,
        @Nullable CpuTime cpu) {
    LaneResult {
        failures = Map.copyOf(failures);
    }

    long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    double perSecond() {
        return requests / seconds;
    }

    LaneResult withCpu(@Nullable CpuTime spent) {
        return new LaneResult(
                requests,
                failures,
                framesExpected,
                framesReceived,
                framesLost,
                seconds,
                latency,
                firstFrame,
                gap,
                spent);
    }

    @Nullable Double cpuMicrosPerRequest() {
        return cpu == null ? null : perRequest(cpu.micros());
    }

    @Nullable Double jitMicrosPerRequest() {
        return cpu == null ? null : perRequest(cpu.jitMicros());
    }

    private @Nullable Double perRequest(long micros) {
        long all = requests + failed();
        return all == 0 ? null : micros / (double) all;
    }
}
