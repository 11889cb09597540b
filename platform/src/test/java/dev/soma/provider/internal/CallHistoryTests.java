package dev.soma.provider.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.provider.internal.CallHistory.Budgets;
import dev.soma.provider.internal.CallHistory.Health;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CallHistoryTests {
    private final CallHistory history = new CallHistory();

    @Test
    void quantilesAreThoseOfTheCalls() {
        IntStream.rangeClosed(1, 100).forEach(i -> history.add(i, i % 10 == 0, i));
        assertThat(history.health(100)).isEqualTo(new Health(100, 10, 50, 95));
    }

    @Test
    void oldCallsAreForgottenAndSoAreTooMany() {
        IntStream.range(0, 1_000).forEach(i -> history.add(i, true, i));
        assertThat(history.health(1_000).calls()).isEqualTo(CallHistory.MAX_CALLS);
        assertThat(history.health(1_001 + CallHistory.WINDOW)).isEqualTo(new Health(0, 0, 0, 0));
    }

    @Test
    void aBudgetIsUsedUpByEnoughCallsOnly() {
        Budgets latency = new Budgets(100, 0);
        Budgets errors = new Budgets(0, 0.1);
        for (int i = 1; i < CallHistory.MIN_CALLS; i++) {
            history.add(i, true, 500);
            assertThat(history.health(i).exceeds(latency)).isFalse();
        }
        history.add(CallHistory.MIN_CALLS, true, 500);
        Health health = history.health(CallHistory.MIN_CALLS);
        assertThat(health.exceeds(latency)).isTrue();
        assertThat(health.exceeds(errors)).isTrue();
        assertThat(health.exceeds(Budgets.NONE)).isFalse();
        assertThat(health.exceeds(new Budgets(500, 1))).isFalse();
    }
}
