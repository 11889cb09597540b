package dev.soma.kamachiq.plan;

import java.util.Comparator;

/// In which order tasks begin that could all begin now: by priority, then what most work waits for,
/// then by id. Total, so that a replay decides alike.
public final class LaunchOrder implements Comparator<TaskNode> {
    private final CriticalPath path;

    public LaunchOrder(CriticalPath path) {
        this.path = path;
    }

    @Override
    public int compare(TaskNode one, TaskNode other) {
        int byPriority = Integer.compare(one.priority(), other.priority());
        if (byPriority != 0) {
            return byPriority;
        }
        int byLevel = Long.compare(path.level(other.id()), path.level(one.id()));
        return byLevel != 0 ? byLevel : one.id().compareTo(other.id());
    }
}
