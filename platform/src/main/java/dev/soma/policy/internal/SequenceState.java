package dev.soma.policy.internal;

import dev.soma.policy.internal.SequenceRule.Bound;
import dev.soma.policy.internal.SequenceRule.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/// What one rule remembers of one session, user or tenant: never more than its bound needs, however
/// many requests there were. Pure and immutable.
///
/// A count keeps a slot for each request that it let pass in the window, of which there are at most
/// `max`; a distinct count the newest slot of each value; a prerequisite the newest one. A sum
/// keeps
/// at most 256 slots and, when it would have more, merges those of each 127th of the window into
/// the
/// latest of them: it then remembers an amount for up to that much longer than it should, so it may
/// be too strict and is never too lax. The newest 128 are never merged, so that a request which
/// does
/// not go on can be taken back without a trace.
///
/// @param slots in the order of their times
record SequenceState(List<Slot> slots) {
    static final int MAX_SUM_SLOTS = 256;
    private static final int NEWEST = MAX_SUM_SLOTS / 2;
    static final SequenceState EMPTY = new SequenceState(List.of());

    SequenceState {
        slots = List.copyOf(slots);
    }

    /// @param id of the reservation, by which it can be taken back
    record Slot(long atMillis, UUID id, long amount, String value) {
        private static final UUID NOBODY = new UUID(0, 0);

        /// The same, which nobody can take back.
        Slot kept() {
            return new Slot(atMillis, NOBODY, amount, value);
        }
    }

    /// @param value what there is with the new slot; for `requires`, how many there were before
    /// @param next the state with it
    record Observation(long value, SequenceState next) {}

    Observation observe(Kind kind, Bound bound, Slot slot) {
        List<Slot> live = new ArrayList<>(slots);
        live.removeIf(old -> old.atMillis() <= slot.atMillis() - bound.windowSeconds() * 1_000);
        return switch (kind) {
            case COUNT -> {
                live.add(slot);
                yield new Observation(live.size(), of(live));
            }
            case SUM -> {
                live.add(slot);
                long sum = 0;
                for (Slot one : live) {
                    sum = saturatingAdd(sum, one.amount());
                }
                yield new Observation(sum, of(merged(live, bound)));
            }
            case DISTINCT -> {
                // A value that was there before stays when this request is taken back.
                boolean known = live.removeIf(old -> old.value().equals(slot.value()));
                live.add(known ? slot.kept() : slot);
                yield new Observation(live.size(), of(live));
            }
            case REQUIRES -> new Observation(live.size(), of(live));
        };
    }

    /// Notes that what a rule requires has come.
    SequenceState note(Slot slot) {
        return new SequenceState(List.of(slot));
    }

    /// Without what a reservation added. An amount that was merged meanwhile stays: too strict,
    /// never
    /// too lax.
    SequenceState release(UUID id) {
        List<Slot> kept = new ArrayList<>(slots);
        kept.removeIf(slot -> slot.id().equals(id));
        return new SequenceState(kept);
    }

    private static SequenceState of(List<Slot> slots) {
        List<Slot> ordered = new ArrayList<>(slots);
        ordered.sort(Comparator.comparingLong(Slot::atMillis));
        return new SequenceState(ordered);
    }

    private static List<Slot> merged(List<Slot> live, Bound bound) {
        if (live.size() <= MAX_SUM_SLOTS) {
            return live;
        }
        long width = mergedMillis(bound);
        int apart = live.size() - NEWEST;
        Map<Long, Slot> merged = new TreeMap<>();
        for (Slot slot : live.subList(0, apart)) {
            merged.merge(
                    slot.atMillis() / width,
                    slot,
                    (a, b) ->
                            new Slot(
                                            Math.max(a.atMillis(), b.atMillis()),
                                            a.id(),
                                            saturatingAdd(a.amount(), b.amount()),
                                            "")
                                    .kept());
        }
        List<Slot> kept = new ArrayList<>(merged.values());
        kept.addAll(live.subList(apart, live.size()));
        return kept;
    }

    /// How long a merged amount may be remembered beyond the window.
    static long mergedMillis(Bound bound) {
        return Math.ceilDiv(bound.windowSeconds() * 1_000, NEWEST - 1);
    }

    private static long saturatingAdd(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
