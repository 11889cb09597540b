package dev.soma.provider.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/// How the calls of one model went of late: those of the last five minutes, at most 256. Pure; not
/// thread-safe.
final class CallHistory {
    static final int MAX_CALLS = 256;
    static final long WINDOW = TimeUnit.MINUTES.toNanos(5);

    /// Fewer calls say nothing about a budget.
    static final int MIN_CALLS = 20;

    private final Deque<Call> calls = new ArrayDeque<>();
    private int failed;

    private record Call(long at, boolean failed, long millis) {}

    /// @param calls of the window
    /// @param failed of them, by fault of the model
    /// @param p50Millis until a call's first piece, or its end where it has none; 0 without calls
    /// @param p95Millis likewise
    record Health(int calls, int failed, long p50Millis, long p95Millis) {
        double errorRatio() {
            return calls == 0 ? 0 : (double) failed / calls;
        }

        /// True where enough calls show that a budget is used up.
        boolean exceeds(Budgets budgets) {
            return calls >= MIN_CALLS
                    && ((budgets.latencyMillis() > 0 && p95Millis > budgets.latencyMillis())
                            || (budgets.errorRatio() > 0 && errorRatio() > budgets.errorRatio()));
        }

        JsonObject document() {
            return JsonValue.object()
                    .put("calls", calls)
                    .put("failed", failed)
                    .put("latency_p50_ms", p50Millis)
                    .put("latency_p95_ms", p95Millis)
                    .build();
        }
    }

    /// What a model may take and fail before it is asked after the others.
    ///
    /// @param latencyMillis for 95 of 100 calls until their first piece; 0 for any
    /// @param errorRatio of calls that fail, from 0 to 1; 0 for any
    record Budgets(long latencyMillis, double errorRatio) {
        static final Budgets NONE = new Budgets(0, 0);
    }

    /// @param now of the monotonic clock, in nanoseconds
    void add(long now, boolean failure, long millis) {
        calls.addLast(new Call(now, failure, millis));
        failed += failure ? 1 : 0;
        forget(now);
    }

    private void forget(long now) {
        while (!calls.isEmpty()
                && (calls.size() > MAX_CALLS || now - calls.getFirst().at() > WINDOW)) {
            failed -= calls.removeFirst().failed() ? 1 : 0;
        }
    }

    Health health(long now) {
        forget(now);
        long[] millis = calls.stream().mapToLong(Call::millis).sorted().toArray();
        return new Health(calls.size(), failed, quantile(millis, 50), quantile(millis, 95));
    }

    /// The least value that so many of a hundred do not exceed.
    private static long quantile(long[] sorted, int percent) {
        return sorted.length == 0 ? 0 : sorted[Math.ceilDiv(sorted.length * percent, 100) - 1];
    }
}
