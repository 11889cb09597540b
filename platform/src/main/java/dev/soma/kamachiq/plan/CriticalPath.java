package dev.soma.kamachiq.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How long tasks take that follow each other.
public final class CriticalPath {
    private final Map<String, Long> levels;
    private final List<String> tasks;
    private final long seconds;

    private CriticalPath(Map<String, Long> levels, List<String> tasks, long seconds) {
        this.levels = Map.copyOf(levels);
        this.tasks = List.copyOf(tasks);
        this.seconds = seconds;
    }

    /// Of tasks without a cycle; a dependency that is not among them counts for nothing.
    public static CriticalPath of(Collection<TaskNode> tasks) {
        Ordered ordered = new Ordered(tasks);
        Map<String, Long> levels = new HashMap<>();
        for (String id : ordered.order().reversed()) {
            long after =
                    ordered.dependents(id).stream()
                            .mapToLong(next -> levels.getOrDefault(next, 0L))
                            .max()
                            .orElse(0);
            levels.put(id, ordered.node(id).estimatedSeconds() + after);
        }
        List<String> path = path(ordered, levels);
        return new CriticalPath(
                levels, path, path.isEmpty() ? 0 : levels.getOrDefault(path.getFirst(), 0L));
    }

    private static List<String> path(Ordered ordered, Map<String, Long> levels) {
        List<String> path = new ArrayList<>();
        Optional<String> next = longest(ordered.order(), levels);
        while (next.isPresent()) {
            path.add(next.get());
            next = longest(ordered.dependents(next.get()), levels);
        }
        return path;
    }

    private static Optional<String> longest(List<String> among, Map<String, Long> levels) {
        return among.stream()
                .min(
                        Comparator.comparingLong((String id) -> -levels.getOrDefault(id, 0L))
                                .thenComparing(id -> id));
    }

    /// Seconds from the beginning of a task to the end of everything that waits for it, itself
    /// included: `bl(n) = seconds(n) + max(bl(dependents))`.
    public long level(String task) {
        return levels.getOrDefault(task, 0L);
    }

    /// The longest chain, first task first; of equally long ones that with the smaller id.
    public List<String> tasks() {
        return tasks;
    }

    /// How long the longest chain takes.
    public long seconds() {
        return seconds;
    }
}
