package dev.soma.kamachiq.plan;

import java.util.List;

/// Something that is wrong with a plan, with the smallest example of it.
///
/// @param tasks that it takes to see it, in the order in which they are named
/// @param message for people
public record Offence(Kind kind, List<String> tasks, String message) {
    public Offence {
        tasks = List.copyOf(tasks);
    }

    /// What can be wrong.
    public enum Kind {
        EMPTY,
        TOO_LARGE,
        BAD_ID,
        DUPLICATE_ID,
        BAD_FIGURE,
        DANGLING,
        CYCLE,
        NO_REQUIRED_SINK,
        ORPHAN,
        UNKNOWN_CONDITION,
        CONTRADICTION,
        BUDGET,
        DEADLINE,
        PERMISSION
    }
}
