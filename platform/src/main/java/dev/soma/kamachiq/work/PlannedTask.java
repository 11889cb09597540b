package dev.soma.kamachiq.work;

import dev.soma.kamachiq.plan.Join;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.plan.When;
import java.util.List;

/// A task of a plan, as its workflow needs it.
///
/// @param join what has to have become of the tasks before it, a [Join]
/// @param when on what its running depends besides; empty for nothing
/// @param priority 1 (first) to 5
/// @param estimatedSeconds that it is expected to take; 0 before it is estimated
/// @param estimatedTokens that it is expected to take
/// @param capsule that does it, such as `py.calculator@1`; empty where a model does
/// @param pin SHA-256 of what the capsule makes, in its usual words; empty where a model does
public record PlannedTask(
        String id,
        String type,
        String persona,
        List<String> dependencies,
        long estimatedSeconds,
        boolean required,
        String join,
        List<When> when,
        int priority,
        long estimatedTokens,
        String capsule,
        String pin) {
    public PlannedTask {
        dependencies = List.copyOf(dependencies);
        when = List.copyOf(when);
    }

    /// The same, expected to cost this.
    PlannedTask costing(long tokens, long seconds) {
        return new PlannedTask(
                id,
                type,
                persona,
                dependencies,
                seconds,
                required,
                join,
                when,
                priority,
                tokens,
                capsule,
                pin);
    }

    /// The same, done by a capsule that makes this.
    PlannedTask by(String name, String digest) {
        return new PlannedTask(
                id,
                type,
                persona,
                dependencies,
                estimatedSeconds,
                required,
                join,
                when,
                priority,
                estimatedTokens,
                name,
                digest);
    }

    /// A task that nothing depends on in a particular way.
    static PlannedTask of(String id, TaskType type, List<String> after) {
        return new PlannedTask(
                id,
                type.name(),
                type.persona(),
                after,
                0,
                true,
                Join.ALL_SUCCESS.name(),
                List.of(),
                3,
                0,
                "",
                "");
    }
}
