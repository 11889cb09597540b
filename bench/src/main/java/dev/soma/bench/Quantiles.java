package dev.soma.bench;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/// A distribution of times in microseconds.
record Quantiles(
        long count,
        double p50Micros,
        double p90Micros,
        double p95Micros,
        double p99Micros,
        double maxMicros) {
    private static final long MOST_NANOS = 600_000_000_000L;

    static Histogram histogram() {
        return new Histogram(1, MOST_NANOS, 3);
    }

    static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.clamp(nanos, 1, MOST_NANOS));
    }

    static Quantiles of(Histogram nanos) {
        return new Quantiles(
                nanos.getTotalCount(),
                micros(nanos, 50),
                micros(nanos, 90),
                micros(nanos, 95),
                micros(nanos, 99),
                micros(nanos, 100));
    }

    private static double micros(Histogram nanos, double percent) {
        return nanos.getTotalCount() == 0 ? 0 : nanos.getValueAtPercentile(percent) / 1000.0;
    }

    /// The middle value; of an even number the mean of the two in the middle.
    static <T> double median(List<T> values, ToDoubleFunction<T> number) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("a median needs a value");
        }
        List<Double> sorted =
                values.stream()
                        .map(number::applyAsDouble)
                        .sorted(Comparator.naturalOrder())
                        .toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(half)
                : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
