package dev.soma.devkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RestartPolicyTests {
    private static final Instant START = Instant.parse("2026-11-25T00:00:00Z");

    @Test
    void pausesDoubleUpToTheLongest() {
        RestartPolicy policy =
                new RestartPolicy(
                        8, Duration.ofHours(1), Duration.ofMillis(500), Duration.ofSeconds(10));
        RestartPolicy.Budget budget = policy.budget();
        List<Long> pauses = new ArrayList<>();
        for (int count = 0; count < 8; count++) {
            pauses.add(budget.next(START).orElseThrow().toMillis());
        }
        assertThat(pauses)
                .containsExactly(500L, 1000L, 2000L, 4000L, 8000L, 10000L, 10000L, 10000L);
        assertThat(budget.next(START)).isEmpty();
    }

    @Test
    void noWindowEverHoldsMoreThanTheLimit() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        RestartPolicy policy = RestartPolicy.STANDARD;
        RestartPolicy.Budget budget = policy.budget();
        List<Instant> granted = new ArrayList<>();
        Instant now = START;
        for (int count = 0; count < 5000; count++) {
            now = now.plusMillis(random.nextInt(20_000));
            Optional<Duration> pause = budget.next(now);
            if (pause.isPresent()) {
                granted.add(now);
            }
        }
        for (int first = 0; first + policy.maxRestarts() < granted.size(); first++) {
            assertThat(
                            Duration.between(
                                    granted.get(first), granted.get(first + policy.maxRestarts())))
                    .as("seed %d", seed)
                    .isGreaterThanOrEqualTo(policy.window());
        }
    }
}
