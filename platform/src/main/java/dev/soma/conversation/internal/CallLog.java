package dev.soma.conversation.internal;

import dev.soma.kernel.Identifiers;
import dev.soma.provider.CallReport;
import dev.soma.provider.CallReport.Asked;
import dev.soma.provider.CallReport.Counted;
import dev.soma.provider.CallReport.End;
import dev.soma.provider.ModelTarget;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The calls of one turn that went out, for what is told of them. Lives on one event loop.
final class CallLog {
    private final Identifiers identifiers;
    private final InstantSource clock;
    private final List<CallReport> over = new ArrayList<>();
    private @Nullable Call open;

    /// @param sentNanos of the monotonic clock
    private record Call(
            UUID id,
            ModelTarget target,
            int attempt,
            UUID decision,
            Asked asked,
            Instant at,
            long sentNanos,
            long firstNanos) {
        Call sent(Instant now) {
            return new Call(id, target, attempt, decision, asked, now, System.nanoTime(), 0);
        }

        Call first() {
            return new Call(id, target, attempt, decision, asked, at, sentNanos, System.nanoTime());
        }
    }

    CallLog(Identifiers identifiers, InstantSource clock) {
        this.identifiers = identifiers;
        this.clock = clock;
    }

    /// A model is asked.
    void begin(ModelTarget target, int attempt, UUID decision, Asked asked) {
        open =
                new Call(
                        identifiers.next(),
                        target,
                        attempt,
                        decision,
                        asked,
                        clock.instant(),
                        System.nanoTime(),
                        0);
    }

    /// It had to wait for its turn until now.
    void sent() {
        Call call = open;
        if (call != null) {
            open = call.sent(clock.instant());
        }
    }

    /// It says something.
    void heard() {
        Call call = open;
        if (call != null && call.firstNanos() == 0) {
            open = call.first();
        }
    }

    /// @param finishReason empty unless it completed
    void end(String outcome, String finishReason, Optional<Counted> usage) {
        Call call = open;
        if (call == null) {
            return;
        }
        open = null;
        over.add(
                new CallReport(
                        call.id(),
                        call.target(),
                        call.attempt(),
                        call.decision(),
                        call.asked(),
                        call.at(),
                        call.firstNanos() == 0
                                ? OptionalLong.empty()
                                : OptionalLong.of(millis(call.firstNanos() - call.sentNanos())),
                        millis(System.nanoTime() - call.sentNanos()),
                        new End(outcome, finishReason),
                        usage));
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    /// Those that are over.
    List<CallReport> reports() {
        return List.copyOf(over);
    }
}
