package dev.soma.kamachiq.plan;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/// Where a task stands.
public enum TaskState {
    /// Waits for others.
    PENDING,
    /// Could begin; waits for an agent.
    READY,
    RUNNING,
    IN_REVIEW,
    /// Works on the defects that a review named.
    REMEDIATING,
    AWAITING_HUMAN,
    /// The rules do not let it run for now.
    BLOCKED_POLICY,
    DONE,
    FAILED,
    /// Did not run, which is no success.
    SKIPPED,
    CANCELLED;

    private static final Map<TaskState, Set<TaskState>> NEXT = new EnumMap<>(TaskState.class);

    static {
        NEXT.put(PENDING, EnumSet.of(READY, FAILED, SKIPPED, CANCELLED));
        NEXT.put(READY, EnumSet.of(RUNNING, DONE, BLOCKED_POLICY, FAILED, SKIPPED, CANCELLED));
        NEXT.put(
                RUNNING,
                EnumSet.of(RUNNING, IN_REVIEW, BLOCKED_POLICY, AWAITING_HUMAN, FAILED, CANCELLED));
        NEXT.put(IN_REVIEW, EnumSet.of(DONE, REMEDIATING, AWAITING_HUMAN, CANCELLED));
        NEXT.put(
                REMEDIATING,
                EnumSet.of(
                        REMEDIATING, IN_REVIEW, BLOCKED_POLICY, AWAITING_HUMAN, FAILED, CANCELLED));
        NEXT.put(AWAITING_HUMAN, EnumSet.of(DONE, REMEDIATING, FAILED, CANCELLED));
        NEXT.put(BLOCKED_POLICY, EnumSet.of(READY, FAILED, CANCELLED));
        for (TaskState end : EnumSet.of(DONE, FAILED, SKIPPED, CANCELLED)) {
            NEXT.put(end, EnumSet.noneOf(TaskState.class));
        }
        NEXT.replaceAll((from, to) -> Set.copyOf(to));
    }

    /// What may follow.
    public Set<TaskState> next() {
        return NEXT.getOrDefault(this, Set.of());
    }

    /// Whether nothing follows.
    public boolean isOver() {
        return next().isEmpty();
    }

    /// Whether an agent is at it.
    public boolean isWorking() {
        return this == RUNNING || this == IN_REVIEW || this == REMEDIATING;
    }
}
