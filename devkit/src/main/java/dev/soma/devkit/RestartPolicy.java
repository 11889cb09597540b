package dev.soma.devkit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// At most so many restarts within a window, each after a pause twice as long as the one before.
record RestartPolicy(int maxRestarts, Duration window, Duration firstPause, Duration longestPause) {
    static final RestartPolicy STANDARD =
            new RestartPolicy(
                    5, Duration.ofMinutes(1), Duration.ofMillis(500), Duration.ofSeconds(10));

    Budget budget() {
        return new Budget(this);
    }

    /// The restarts of one part.
    static final class Budget {
        private final RestartPolicy policy;
        private final Deque<Instant> restarts = new ArrayDeque<>();

        private Budget(RestartPolicy policy) {
            this.policy = policy;
        }

        /// The pause before one more restart; empty when the window holds no more.
        Optional<Duration> next(Instant now) {
            Instant oldest = now.minus(policy.window());
            while (!restarts.isEmpty() && !restarts.getFirst().isAfter(oldest)) {
                restarts.removeFirst();
            }
            if (restarts.size() >= policy.maxRestarts()) {
                return Optional.empty();
            }
            Duration pause = policy.firstPause().multipliedBy(1L << Math.min(restarts.size(), 30));
            restarts.addLast(now);
            return Optional.of(
                    pause.compareTo(policy.longestPause()) < 0 ? pause : policy.longestPause());
        }

        void clear() {
            restarts.clear();
        }
    }
}
