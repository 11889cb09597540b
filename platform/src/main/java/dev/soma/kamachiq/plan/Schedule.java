package dev.soma.kamachiq.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;

/// When the tasks of a plan would begin, each taking as long as estimated, a bounded number at
/// once, the next one beginning the moment one ends.
///
/// @param starts seconds after the project's beginning, by task
/// @param makespan seconds until the last task ends
/// @param lowerBound seconds below which no schedule can get: the longest chain, or all work shared
/// by the agents without a gap
public record Schedule(Map<String, Long> starts, long makespan, long lowerBound) {
    public Schedule {
        starts = Map.copyOf(starts);
    }

    /// A task under way.
    private record Running(String task, long end) {}

    /// By the order of KAMACHIQ.
    ///
    /// @param limit how many run at once, at least 1
    public static Schedule of(Collection<TaskNode> tasks, int limit) {
        CriticalPath path = CriticalPath.of(tasks);
        return of(tasks, limit, new LaunchOrder(path), path);
    }

    /// @param order total, of tasks that are ready
    public static Schedule of(Collection<TaskNode> tasks, int limit, Comparator<TaskNode> order) {
        return of(tasks, limit, order, CriticalPath.of(tasks));
    }

    private static Schedule of(
            Collection<TaskNode> tasks, int limit, Comparator<TaskNode> order, CriticalPath path) {
        Ordered ordered = new Ordered(tasks);
        Map<String, Integer> open = new HashMap<>();
        TreeSet<TaskNode> ready = new TreeSet<>(order);
        for (TaskNode task : tasks) {
            int dependencies = ordered.dependencies(task).size();
            open.put(task.id(), dependencies);
            if (dependencies == 0) {
                ready.add(task);
            }
        }
        Map<String, Long> starts = new HashMap<>();
        PriorityQueue<Running> running =
                new PriorityQueue<>(
                        Comparator.comparingLong(Running::end).thenComparing(Running::task));
        long now = 0;
        while (!ready.isEmpty() || !running.isEmpty()) {
            while (running.size() < limit && !ready.isEmpty()) {
                TaskNode next = ready.removeFirst();
                starts.put(next.id(), now);
                running.add(new Running(next.id(), now + next.estimatedSeconds()));
            }
            List<Running> ended = new ArrayList<>(List.of(running.remove()));
            now = ended.getFirst().end();
            while (!running.isEmpty() && running.element().end() == now) {
                ended.add(running.remove());
            }
            for (Running over : ended) {
                for (String dependent : ordered.dependents(over.task())) {
                    if (open.merge(dependent, -1, Integer::sum) == 0) {
                        ready.add(ordered.node(dependent));
                    }
                }
            }
        }
        return new Schedule(starts, now, lowerBound(tasks, limit, path));
    }

    private static long lowerBound(Collection<TaskNode> tasks, int limit, CriticalPath path) {
        long work = tasks.stream().mapToLong(TaskNode::estimatedSeconds).sum();
        return Math.max(path.seconds(), Math.ceilDiv(work, (long) limit));
    }

    /// How far from the bound, 1.0 being the best there is.
    public double ratio() {
        return lowerBound == 0 ? 1 : makespan / (double) lowerBound;
    }
}
