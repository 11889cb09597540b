package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.policy.internal.SequenceRule.Bound;
import dev.soma.policy.internal.SequenceRule.Kind;
import dev.soma.policy.internal.SequenceState.Slot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The bounded state against one that remembers everything: equal, or stricter where it remembers
/// for longer.
class SequenceStateTests {
    private static final int REQUESTS = 20_000;

    /// Remembers everything that was let pass.
    private static final class Naive {
        private final List<Slot> history = new ArrayList<>();

        long observe(Kind kind, long windowMillis, Slot slot) {
            long from = slot.atMillis() - windowMillis;
            List<Slot> live = history.stream().filter(old -> old.atMillis() > from).toList();
            return switch (kind) {
                case COUNT -> live.size() + 1;
                case SUM -> live.stream().mapToLong(Slot::amount).sum() + slot.amount();
                case DISTINCT -> {
                    Set<String> values = new HashSet<>(Set.of(slot.value()));
                    live.forEach(old -> values.add(old.value()));
                    yield values.size();
                }
                case REQUIRES -> live.size();
            };
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void nothingPassesThatAWholeHistoryWouldRefuse(Kind kind) {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.printf("%s, seed %d%n", kind, seed);
        Random random = new Random(seed);
        Bound bound = new Bound(60, kind == Kind.SUM ? 200_000 : 40);
        Naive naive = new Naive();
        SequenceState state = SequenceState.EMPTY;
        long now = 1_800_000_000_000L;
        int stricter = 0;
        int passed = 0;
        for (int i = 0; i < REQUESTS; i++) {
            now += random.nextInt(kind == Kind.SUM ? 60 : 3_000);
            Slot slot =
                    new Slot(now, new UUID(1, i), random.nextInt(1_000), "v" + random.nextInt(120));
            if (kind == Kind.REQUIRES && random.nextInt(40) == 0) {
                naive.history.add(slot);
                state = state.note(slot);
                continue;
            }
            long whole = naive.observe(kind, bound.windowSeconds() * 1_000, slot);
            var observed = state.observe(kind, bound, slot);
            boolean allowed =
                    kind == Kind.REQUIRES ? observed.value() > 0 : observed.value() <= bound.max();
            boolean allowedByWhole = kind == Kind.REQUIRES ? whole > 0 : whole <= bound.max();
            if (allowed) {
                assertThat(allowedByWhole).as("request %d, seed %d", i, seed).isTrue();
                passed++;
            }
            if (kind == Kind.COUNT || kind == Kind.REQUIRES) {
                assertThat(allowed).as("request %d, seed %d", i, seed).isEqualTo(allowedByWhole);
            }
            if (kind == Kind.SUM && !allowed) {
                long longer = bound.windowSeconds() * 1_000 + SequenceState.mergedMillis(bound);
                assertThat(naive.observe(kind, longer, slot))
                        .as("request %d, seed %d: refused for what is long past", i, seed)
                        .isGreaterThan(bound.max());
            }
            stricter += !allowed && allowedByWhole ? 1 : 0;
            if (allowed && kind != Kind.REQUIRES) {
                if (random.nextInt(20) == 0) {
                    state = observed.next().release(slot.id());
                    continue;
                }
                state = observed.next();
                naive.history.add(slot);
            }
            assertThat(state.slots().size()).isLessThanOrEqualTo(mostSlots(kind));
        }
        System.out.printf(
                "%s: %d passed, %d refused only by what stays remembered%n",
                kind, passed, stricter);
        assertThat(passed).isGreaterThan(REQUESTS / 50);
        if (kind == Kind.DISTINCT) {
            assertThat(stricter).isLessThan(REQUESTS / 20);
        }
    }

    private static int mostSlots(Kind kind) {
        return switch (kind) {
            case COUNT, DISTINCT -> 40;
            case SUM -> SequenceState.MAX_SUM_SLOTS;
            case REQUIRES -> 1;
        };
    }

    private static Slot slot(long atMillis, int id, String value) {
        return new Slot(atMillis, new UUID(2, id), 1, value);
    }

    @Test
    void aSlotLeavesTheWindowWhenItIsAsOldAsTheWindow() {
        Bound bound = new Bound(60, 10);
        SequenceState one =
                SequenceState.EMPTY.observe(Kind.COUNT, bound, slot(1_000, 1, "")).next();
        assertThat(one.observe(Kind.COUNT, bound, slot(60_999, 2, "")).value()).isEqualTo(2);
        assertThat(one.observe(Kind.COUNT, bound, slot(61_000, 2, "")).value()).isEqualTo(1);
    }

    @Test
    void aValueThatIsKnownCountsOnce() {
        Bound bound = new Bound(60, 10);
        SequenceState two =
                SequenceState.EMPTY
                        .observe(Kind.DISTINCT, bound, slot(1, 1, "a"))
                        .next()
                        .observe(Kind.DISTINCT, bound, slot(2, 2, "b"))
                        .next();
        assertThat(two.observe(Kind.DISTINCT, bound, slot(3, 3, "a")).value()).isEqualTo(2);
        assertThat(two.observe(Kind.DISTINCT, bound, slot(3, 3, "c")).value()).isEqualTo(3);
    }

    @Test
    void sumsAreMergedOnlyWhenTheyWouldBeTooMany() {
        Bound bound = new Bound(60, 1_000_000);
        SequenceState state = SequenceState.EMPTY;
        for (int i = 0; i < SequenceState.MAX_SUM_SLOTS; i++) {
            state = state.observe(Kind.SUM, bound, slot(i, i, "")).next();
        }
        assertThat(state.slots()).hasSize(SequenceState.MAX_SUM_SLOTS);
        var more = state.observe(Kind.SUM, bound, slot(300, 300, ""));
        assertThat(more.value()).isEqualTo(SequenceState.MAX_SUM_SLOTS + 1);
        assertThat(more.next().slots()).hasSizeLessThan(SequenceState.MAX_SUM_SLOTS);
    }

    @Test
    void slotsStandInTheOrderOfTheirTimes() {
        Bound bound = new Bound(60, 10);
        SequenceState state =
                SequenceState.EMPTY
                        .observe(Kind.COUNT, bound, slot(2_000, 1, ""))
                        .next()
                        .observe(Kind.COUNT, bound, slot(1_000, 2, ""))
                        .next();
        assertThat(state.slots()).extracting(Slot::atMillis).containsExactly(1_000L, 2_000L);
    }
}
