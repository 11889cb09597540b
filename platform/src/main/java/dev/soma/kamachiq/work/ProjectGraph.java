package dev.soma.kamachiq.work;

import java.util.List;

/// The tasks of a project as they stand, in the order of its plan; none before it has one.
public record ProjectGraph(List<Task> tasks) {
    public ProjectGraph {
        tasks = List.copyOf(tasks);
    }

    /// One of them.
    ///
    /// @param plan what is planned of it; its priority is the one of the plan
    /// @param state such as `RUNNING`
    /// @param why it stands there, in words; empty where there is nothing to say
    /// @param priority at the moment, 1 (first) to 5
    /// @param tries that have begun
    public record Task(PlannedTask plan, String state, String why, int priority, int tries) {
        /// One that nothing has been done for.
        static Task idle(PlannedTask plan) {
            return new Task(plan, "PENDING", "", plan.priority(), 0);
        }
    }
}
