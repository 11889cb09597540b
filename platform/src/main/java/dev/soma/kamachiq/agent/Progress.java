package dev.soma.kamachiq.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whether an agent gets anywhere. It is told what each step led to, as a digest of the files, the
/// call and its answer, and stops the agent when the same comes over and over. Pure, so that a
/// replay comes to the same; not thread-safe.
public final class Progress {
    private static final int MOST_STEPS = 200;
    private static final int SAME = 4;
    private static final int LONGEST_CIRCLE = 4;
    private static final int ROUNDS = 3;

    private final List<String> seen = new ArrayList<>();

    /// @param state digest of what a step led to
    /// @return why the agent has to stop; empty while it gets on
    public Optional<String> saw(String state) {
        seen.add(state);
        if (seen.size() >= MOST_STEPS) {
            return Optional.of("it took %d steps".formatted(MOST_STEPS));
        }
        if (isCircle(1, SAME)) {
            return Optional.of("its last %d steps led to the same".formatted(SAME));
        }
        for (int length = 2; length <= LONGEST_CIRCLE; length++) {
            if (isCircle(length, ROUNDS)) {
                return Optional.of("it went %d times in a circle of %d".formatted(ROUNDS, length));
            }
        }
        return Optional.empty();
    }

    private boolean isCircle(int length, int rounds) {
        int from = seen.size() - length * rounds;
        if (from < 0) {
            return false;
        }
        for (int i = from + length; i < seen.size(); i++) {
            if (!seen.get(i).equals(seen.get(i - length))) {
                return false;
            }
        }
        return true;
    }
}
