package dev.soma.provider.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.provider.ProviderClient.Failure;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BreakerTests {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private final Breaker breaker = new Breaker();
    private long now = Long.MAX_VALUE - 3 * SECOND;

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            breaker.failed(now, Failure.SERVER_ERROR, 0, 0);
        }
    }

    @Test
    void fiveFailuresInARowRestIt() {
        fail(4);
        assertThat(breaker.mayCall(now)).isTrue();
        breaker.succeeded(now);
        fail(4);
        assertThat(breaker.mayCall(now)).isTrue();
        fail(1);
        assertThat(breaker.mayCall(now)).isFalse();
        assertThat(breaker.restLeft(now)).isEqualTo(Breaker.FIRST_REST);
    }

    @Test
    void halfOfTwentyCallsRestIt() {
        for (int i = 0; i < 9; i++) {
            breaker.succeeded(now);
            fail(1);
        }
        breaker.succeeded(now);
        assertThat(breaker.mayCall(now)).isTrue();
        fail(1);
        assertThat(breaker.mayCall(now)).isFalse();
    }

    @Test
    void failuresOfLongAgoDoNotCount() {
        for (int i = 0; i < 9; i++) {
            breaker.succeeded(now);
            fail(1);
        }
        now += 31 * SECOND;
        breaker.succeeded(now);
        fail(1);
        assertThat(breaker.mayCall(now)).isTrue();
    }

    @Test
    void eachRestThatDidNotHelpIsTwiceAsLongUpToAMinute() {
        fail(5);
        long rest = Breaker.FIRST_REST;
        for (int i = 0; i < 6; i++) {
            assertThat(breaker.restLeft(now)).isEqualTo(rest);
            now += rest - 1;
            assertThat(breaker.mayCall(now)).isFalse();
            now += 1;
            assertThat(breaker.mayCall(now)).isTrue();
            assertThat(breaker.mayCall(now)).as("one call tries it").isFalse();
            breaker.failed(now, Failure.CONNECT, 0, 0);
            rest = Math.min(Breaker.LONGEST_REST, rest * 2);
        }
        assertThat(rest).isEqualTo(Breaker.LONGEST_REST);
        now += rest;
        assertThat(breaker.mayCall(now)).isTrue();
        breaker.succeeded(now);
        assertThat(breaker.mayCall(now)).isTrue();
        fail(5);
        assertThat(breaker.restLeft(now)).isEqualTo(Breaker.FIRST_REST);
    }

    @Test
    void aCallTakenBackLetsAnotherTry() {
        fail(5);
        now += Breaker.FIRST_REST;
        assertThat(breaker.mayCall(now)).isTrue();
        breaker.withdrawn();
        assertThat(breaker.mayCall(now)).isTrue();
    }

    @Test
    void aModelThatAsksToBeLeftAloneIsLeftAlone() {
        breaker.failed(now, Failure.RATE_LIMITED, 7 * SECOND, 0);
        assertThat(breaker.restLeft(now)).isEqualTo(7 * SECOND);
        now += 7 * SECOND;
        assertThat(breaker.mayCall(now)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSED", "CONTEXT_LENGTH", "UNAVAILABLE"})
    void whatTheRequestIsToBlameForDoesNotCount(Failure failure) {
        for (int i = 0; i < 100; i++) {
            breaker.failed(now, failure, 0, 0);
        }
        assertThat(breaker.mayCall(now)).isTrue();
    }
}
