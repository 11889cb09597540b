package dev.soma.kamachiq.plan;

import java.util.Comparator;
import java.util.function.ToIntFunction;

/// In which order tasks begin that could all begin now: by priority, then what most work waits for,
/// then by id. Total, so that a replay decides alike.
public final class LaunchOrder implements Comparator<TaskNode> {
    private final CriticalPath path;
    private final ToIntFunction<TaskNode> priority;

    /// By the priorities of the plan.
    public LaunchOrder(CriticalPath path) {
        this(path, TaskNode::priority);
    }

    /// @param priority of a task at the moment, 1 (first) to 5
    public LaunchOrder(CriticalPath path, ToIntFunction<TaskNode> priority) {
        this.path = path;
        this.priority = priority;
    }

    @Override
    public int compare(TaskNode one, TaskNode other) {
        int byPriority = Integer.compare(priority.applyAsInt(one), priority.applyAsInt(other));
        if (byPriority != 0) {
            return byPriority;
        }
        int byLevel = Long.compare(path.level(other.id()), path.level(one.id()));
        return byLevel != 0 ? byLevel : one.id().compareTo(other.id());
    }
}
