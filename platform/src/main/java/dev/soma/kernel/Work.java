package dev.soma.kernel;

/// The part of a project that a request is made for: budgets, kill switches and records know it by
/// this.
///
/// @param project id in its tenant
/// @param task id in the project; empty for what the project itself does, such as its planning
public record Work(String project, String task) {
    /// The name of the agent that does it, as kill switches know it.
    public String agent() {
        return project + "/" + task;
    }

    /// As rules see it: `project/p1/task/t1`, or `project/p1` for the project itself.
    public String resource() {
        return task.isEmpty()
                ? "project/" + project
                : "project/%s/task/%s".formatted(project, task);
    }
}
