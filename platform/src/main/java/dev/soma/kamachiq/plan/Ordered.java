package dev.soma.kamachiq.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/// Tasks whose ids are unique, in both directions. A dependency that is not among them counts for
/// nothing.
final class Ordered {
    private final Map<String, TaskNode> nodes = new LinkedHashMap<>();
    private final Map<String, List<String>> dependents = new HashMap<>();
    private final List<String> order;

    Ordered(Collection<TaskNode> tasks) {
        tasks.forEach(node -> nodes.put(node.id(), node));
        for (TaskNode node : tasks) {
            for (String dependency : dependencies(node)) {
                dependents.computeIfAbsent(dependency, id -> new ArrayList<>()).add(node.id());
            }
        }
        order = kahn();
    }

    /// Those that are among the tasks, each once.
    Set<String> dependencies(TaskNode node) {
        Set<String> known = new LinkedHashSet<>(node.dependencies());
        known.retainAll(nodes.keySet());
        return known;
    }

    /// Kahn's algorithm, ties by id; what lies on a cycle or behind one is missing.
    private List<String> kahn() {
        Map<String, Integer> open = new HashMap<>();
        PriorityQueue<String> ready = new PriorityQueue<>();
        for (TaskNode node : nodes.values()) {
            int dependencies = dependencies(node).size();
            open.put(node.id(), dependencies);
            if (dependencies == 0) {
                ready.add(node.id());
            }
        }
        List<String> sorted = new ArrayList<>(nodes.size());
        for (String next = ready.poll(); next != null; next = ready.poll()) {
            sorted.add(next);
            for (String dependent : dependents(next)) {
                if (open.merge(dependent, -1, Integer::sum) == 0) {
                    ready.add(dependent);
                }
            }
        }
        return List.copyOf(sorted);
    }

    TaskNode node(String id) {
        TaskNode node = nodes.get(id);
        if (node == null) {
            throw new IllegalArgumentException("no task has the id " + id);
        }
        return node;
    }

    Collection<TaskNode> all() {
        return nodes.values();
    }

    List<String> dependents(String id) {
        return dependents.getOrDefault(id, List.of());
    }

    /// Dependencies before dependents.
    List<String> order() {
        return order;
    }

    boolean isAcyclic() {
        return order.size() == nodes.size();
    }

    /// A shortest cycle, its smallest id first; empty when there is none.
    List<String> shortestCycle() {
        Set<String> rest = new HashSet<>(nodes.keySet());
        order.forEach(rest::remove);
        List<String> shortest = List.of();
        for (String start : rest.stream().sorted().toList()) {
            Optional<List<String>> found = cycle(start, rest);
            if (found.isPresent() && (shortest.isEmpty() || found.get().size() < shortest.size())) {
                shortest = found.get();
            }
        }
        return shortest;
    }

    private Optional<List<String>> cycle(String start, Set<String> within) {
        Map<String, String> before = new HashMap<>();
        Deque<String> queue = new ArrayDeque<>(List.of(start));
        while (!queue.isEmpty()) {
            String at = queue.remove();
            for (String next : dependents(at)) {
                if (next.equals(start)) {
                    return Optional.of(path(start, at, before));
                }
                if (within.contains(next) && !before.containsKey(next)) {
                    before.put(next, at);
                    queue.add(next);
                }
            }
        }
        return Optional.empty();
    }

    private static List<String> path(String start, String end, Map<String, String> before) {
        List<String> path = new ArrayList<>(List.of(end));
        while (!path.getFirst().equals(start)) {
            path.addFirst(before.getOrDefault(path.getFirst(), start));
        }
        return path;
    }

    /// Everything from which one of these can be reached, these included.
    Set<String> ancestors(Collection<String> of) {
        Set<String> found = new HashSet<>(of);
        Deque<String> queue = new ArrayDeque<>(of);
        while (!queue.isEmpty()) {
            for (String dependency : dependencies(node(queue.remove()))) {
                if (found.add(dependency)) {
                    queue.add(dependency);
                }
            }
        }
        return found;
    }
}
