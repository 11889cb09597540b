package dev.soma.provider.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.provider.internal.FairQueue.Limits;
import dev.soma.provider.internal.FairQueue.Offer;
import dev.soma.provider.internal.FairQueue.Ticket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FairQueueTests {
    private static final Limits ONE = new Limits(1, 64, 512);

    /// Plays a provider: calls run in the order of the queue and end in a random one.
    private static final class Play {
        private final FairQueue queue;
        private final Map<String, LongSupplier> uses;
        private final Random random;
        private final long bound;
        private final List<Ticket> running = new ArrayList<>();
        private final Map<String, Long> served = new HashMap<>();

        private Play(FairQueue queue, Map<String, LongSupplier> uses, long seed, long bound) {
            this.queue = queue;
            this.uses = uses;
            this.random = new Random(seed);
            this.bound = bound;
        }

        private void come(String tenant) {
            Ticket ticket = new Ticket(tenant, "", bound);
            Offer offer = queue.offer(ticket);
            assertThat(offer).isNotEqualTo(Offer.FULL);
            if (offer == Offer.RUNS) {
                running.add(ticket);
            }
        }

        /// One call ends, and its tenant comes again, so that it never stops waiting.
        private void step() {
            Ticket ended = running.remove(random.nextInt(running.size()));
            long used = Objects.requireNonNull(uses.get(ended.tenant())).getAsLong();
            served.merge(ended.tenant(), used, Long::sum);
            come(ended.tenant());
            running.addAll(queue.end(ended, OptionalLong.of(used), 1_000 * used));
        }
    }

    @Test
    void tenantsThatAlwaysWaitAreServedAlikeInTokens() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int trial = 0; trial < 60; trial++) {
            int concurrent = 1 + random.nextInt(8);
            long bound = 64L << random.nextInt(8);
            long small = 1 + random.nextLong(bound);
            Map<String, LongSupplier> uses =
                    Map.of(
                            "steady", () -> small,
                            "wild", () -> 1 + random.nextLong(bound),
                            "all", () -> bound,
                            "little", () -> 1);
            var play =
                    new Play(
                            new FairQueue(new Limits(concurrent, 10_000, 100_000)),
                            uses,
                            random.nextLong(),
                            bound);
            for (String tenant : uses.keySet()) {
                IntStream.range(0, 4_000).forEach(i -> play.come(tenant));
            }
            long allowed = 2 * FairQueue.QUANTUM + 3L * (concurrent + 1) * bound;
            for (int i = 0; i < 6_000; i++) {
                play.step();
                long most =
                        play.served.values().stream().mapToLong(Long::longValue).max().orElse(0);
                long least =
                        uses.keySet().stream()
                                .mapToLong(tenant -> play.served.getOrDefault(tenant, 0L))
                                .min()
                                .orElse(0);
                assertThat(most - least)
                        .as("seed %d, trial %d, step %d, %s", seed, trial, i, play.served)
                        .isLessThanOrEqualTo(allowed);
            }
        }
    }

    @Test
    void callsRunInTheOrderThatWasForetold() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int trial = 0; trial < 200; trial++) {
            FairQueue queue = new FairQueue(ONE);
            Ticket running = new Ticket("first", "", 10);
            assertThat(queue.offer(running)).isEqualTo(Offer.RUNS);
            for (int i = 0; i < 60; i++) {
                String tenant = "t" + random.nextInt(5);
                String prefix = "p" + random.nextInt(3);
                queue.offer(new Ticket(tenant, prefix, 1 + random.nextInt(4_000)));
            }
            List<Ticket> foretold = List.copyOf(queue.order());
            List<Ticket> ran = new ArrayList<>();
            while (!queue.idle()) {
                var next = queue.end(running, OptionalLong.empty(), 1);
                if (!next.isEmpty()) {
                    running = next.getFirst();
                    ran.add(running);
                }
            }
            assertThat(ran).as("seed %d, trial %d", seed, trial).isEqualTo(foretold);
        }
    }

    @Test
    void aFloodOfOneTenantDelaysAnotherByNoMoreThanATurn() {
        FairQueue queue = new FairQueue(ONE);
        Ticket running = new Ticket("flood", "", 512);
        queue.offer(running);
        for (int i = 0; i < 60; i++) {
            queue.offer(new Ticket("flood", "", 512));
        }
        Ticket late = new Ticket("quiet", "", 512);
        queue.offer(late);
        assertThat(queue.place(late).orElseThrow().position()).isLessThanOrEqualTo(3);
    }

    @Test
    void aCallThatBeginsLikeTheLastGoesFirstWithinItsTenantAndOnlySoOften() {
        FairQueue queue = new FairQueue(new Limits(1, 64, 512));
        Ticket running = new Ticket("a", "warm", 1);
        queue.offer(running);
        Ticket cold = new Ticket("a", "cold", 1);
        queue.offer(cold);
        for (int i = 0; i < 10; i++) {
            queue.offer(new Ticket("a", "warm", 1));
        }
        assertThat(queue.order().indexOf(cold)).isEqualTo(FairQueue.MAX_PASSED);
    }

    @Test
    void theBeginningOfAnotherTenantsCallChangesNothing() {
        Deque<List<String>> orders = new ArrayDeque<>();
        for (String prefix : List.of("same", "other")) {
            FairQueue queue = new FairQueue(ONE);
            queue.offer(new Ticket("a", "same", 400));
            queue.offer(new Ticket("b", "x", 400));
            queue.offer(new Ticket("b", prefix, 400));
            queue.offer(new Ticket("a", "y", 400));
            orders.add(queue.order().stream().map(Ticket::tenant).toList());
        }
        assertThat(orders.removeFirst()).isEqualTo(orders.removeFirst());
    }

    @Test
    void whatWasUsedWhileNobodyWaitedIsNotHeldAgainstATenant() {
        FairQueue queue = new FairQueue(new Limits(2, 64, 512));
        Ticket other = new Ticket("b", "", 100);
        queue.offer(other);
        for (int i = 0; i < 50; i++) {
            Ticket alone = new Ticket("a", "", 4_000);
            assertThat(queue.offer(alone)).isEqualTo(Offer.RUNS);
            queue.end(alone, OptionalLong.of(4_000), 1);
        }
        queue.offer(new Ticket("a", "", 4_000));
        Ticket first = new Ticket("a", "", 4_000);
        Ticket second = new Ticket("b", "", 4_000);
        queue.offer(first);
        queue.offer(second);
        assertThat(queue.order()).containsExactly(first, second);
    }

    @Test
    void moreThanMayWaitAreRefusedAndOneThatLeavesMakesRoom() {
        FairQueue queue = new FairQueue(new Limits(1, 2, 3));
        queue.offer(new Ticket("a", "", 1));
        Ticket waiting = new Ticket("a", "", 1);
        assertThat(queue.offer(waiting)).isEqualTo(Offer.WAITS);
        assertThat(queue.offer(new Ticket("a", "", 1))).isEqualTo(Offer.WAITS);
        assertThat(queue.offer(new Ticket("a", "", 1))).isEqualTo(Offer.FULL);
        assertThat(queue.offer(new Ticket("b", "", 1))).isEqualTo(Offer.WAITS);
        assertThat(queue.offer(new Ticket("c", "", 1))).isEqualTo(Offer.FULL);
        assertThat(queue.withdraw(waiting)).isTrue();
        assertThat(queue.withdraw(waiting)).isFalse();
        assertThat(queue.offer(new Ticket("c", "", 1))).isEqualTo(Offer.WAITS);
        assertThat(queue.waiting()).isEqualTo(3);
    }

    @Test
    void theWaitIsToldFromThePaceOfCallsAndFromNothingElse() {
        FairQueue queue = new FairQueue(new Limits(2, 64, 512));
        Ticket one = new Ticket("a", "", 100);
        Ticket two = new Ticket("a", "", 100);
        queue.offer(one);
        queue.offer(two);
        Ticket waits = new Ticket("a", "", 100);
        queue.offer(waits);
        assertThat(queue.place(waits).orElseThrow().nanos()).isEmpty();
        queue.end(one, OptionalLong.of(100), 100_000);
        Ticket next = new Ticket("a", "", 100);
        queue.offer(next);
        // Two calls of 100 tokens run, half of each is left on average: 100 tokens at 1,000 ns over
        // two places.
        assertThat(queue.place(next).orElseThrow().nanos()).hasValue(50_000);
        assertThat(queue.last().position()).isEqualTo(2);
    }

    @Test
    void placesNeverExceedTheLimitAndAllCallsRunOnce() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FairQueue queue = new FairQueue(new Limits(3, 20, 60));
        List<Ticket> running = new ArrayList<>();
        List<Ticket> waiting = new ArrayList<>();
        int accepted = 0;
        int ran = 0;
        int left = 0;
        for (int i = 0; i < 50_000; i++) {
            int what = random.nextInt(5);
            if (what < 2) {
                Ticket ticket =
                        new Ticket(
                                "t" + random.nextInt(6),
                                "p" + random.nextInt(3),
                                1 + random.nextInt(9_000));
                switch (queue.offer(ticket)) {
                    case RUNS -> {
                        accepted++;
                        ran++;
                        running.add(ticket);
                    }
                    case WAITS -> {
                        accepted++;
                        waiting.add(ticket);
                    }
                    case FULL -> {}
                }
            } else if (what == 2 && !waiting.isEmpty() && random.nextInt(4) == 0) {
                Ticket gone = waiting.remove(random.nextInt(waiting.size()));
                assertThat(queue.withdraw(gone)).as("seed %d", seed).isTrue();
                left++;
            } else if (!running.isEmpty()) {
                Ticket ended = running.remove(random.nextInt(running.size()));
                OptionalLong used =
                        random.nextBoolean()
                                ? OptionalLong.of(random.nextInt(9_000))
                                : OptionalLong.empty();
                for (Ticket next : queue.end(ended, used, 1)) {
                    assertThat(waiting.remove(next)).as("seed %d", seed).isTrue();
                    running.add(next);
                    ran++;
                }
            }
            assertThat(running.size()).as("seed %d", seed).isLessThanOrEqualTo(3);
            assertThat(queue.waiting()).as("seed %d", seed).isEqualTo(waiting.size());
            assertThat(waiting.isEmpty() || running.size() == 3).as("seed %d", seed).isTrue();
        }
        assertThat(ran + left + waiting.size()).isEqualTo(accepted);
    }
}
