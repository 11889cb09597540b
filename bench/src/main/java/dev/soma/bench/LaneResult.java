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
/// @param cpuMicros CPU time of the measured process during the run, null when it was not measured
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
        @Nullable Long cpuMicros) {
    LaneResult {
        failures = Map.copyOf(failures);
    }

    long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    double perSecond() {
        return requests / seconds;
    }

    LaneResult withCpuMicros(@Nullable Long micros) {
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
                micros);
    }

    @Nullable Double cpuMicrosPerRequest() {
        Long micros = cpuMicros;
        long all = requests + failed();
        return micros == null || all == 0 ? null : micros / (double) all;
    }
}
