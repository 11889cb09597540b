package dev.soma.kamachiq.plan;

import dev.soma.kamachiq.plan.Offence.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Proves a plan before a token is spent on it, or says what is wrong: each offence with the
/// smallest example of it. Later checks rest on earlier ones, so a plan whose ids or edges are
/// wrong is told only those.
public final class PlanCheck {
    /// Tasks in one plan.
    public static final int MAX_TASKS = 5_000;

    /// Of the budget, in hundredths, that tasks may plan with; the rest is for review and the
    /// report.
    public static final int PLANNABLE_PERCENT = 90;

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final long MOST = 1L << 50;

    private final TaskGraph graph;
    private final Ordered tasks;
    private final List<Offence> offences = new ArrayList<>();

    private PlanCheck(TaskGraph graph, Ordered tasks) {
        this.graph = graph;
        this.tasks = tasks;
    }

    /// What is wrong with a plan; empty when nothing is.
    ///
    /// @param granted capabilities that the project may use
    public static List<Offence> of(TaskGraph graph, Set<String> granted) {
        List<Offence> shape = shape(graph);
        if (!shape.isEmpty()) {
            return shape;
        }
        Ordered tasks = new Ordered(graph.nodes());
        if (!tasks.isAcyclic()) {
            List<String> cycle = tasks.shortestCycle();
            String told = String.join(" -> ", cycle) + " -> " + cycle.getFirst();
            return List.of(new Offence(Kind.CYCLE, cycle, "tasks wait for each other: " + told));
        }
        PlanCheck check = new PlanCheck(graph, tasks);
        check.sinks();
        check.branches();
        check.figures();
        check.permissions(granted);
        return List.copyOf(check.offences);
    }

    private static List<Offence> shape(TaskGraph graph) {
        List<Offence> found = new ArrayList<>();
        if (graph.nodes().isEmpty()) {
            found.add(new Offence(Kind.EMPTY, List.of(), "the plan has no tasks"));
        }
        if (graph.nodes().size() > MAX_TASKS) {
            found.add(
                    new Offence(
                            Kind.TOO_LARGE,
                            List.of(),
                            "the plan has %d tasks, at most %d are allowed"
                                    .formatted(graph.nodes().size(), MAX_TASKS)));
            return found;
        }
        if (graph.budgetTokens() < 0 || graph.budgetTokens() > MOST) {
            found.add(figure(List.of(), "budget_total", graph.budgetTokens()));
        }
        if (graph.timeoutMinutes() < 1 || graph.timeoutMinutes() > MOST) {
            found.add(figure(List.of(), "timeout_minutes", graph.timeoutMinutes()));
        }
        if (graph.qualityThreshold() < 0 || graph.qualityThreshold() > 10_000) {
            found.add(figure(List.of(), "quality_threshold", graph.qualityThreshold()));
        }
        Set<String> ids = new HashSet<>();
        for (TaskNode node : graph.nodes()) {
            if (!ID.matcher(node.id()).matches()) {
                found.add(
                        new Offence(
                                Kind.BAD_ID,
                                List.of(node.id()),
                                "'%s' is no id: a letter, then up to 62 of a-z 0-9 _ -"
                                        .formatted(node.id())));
            } else if (!ids.add(node.id())) {
                found.add(
                        new Offence(
                                Kind.DUPLICATE_ID,
                                List.of(node.id()),
                                "two tasks have the id '%s'".formatted(node.id())));
            }
            figuresOf(node, found);
        }
        graph.nodes().forEach(node -> edges(node, ids, found));
        return found;
    }

    private static void figuresOf(TaskNode node, List<Offence> found) {
        List<String> at = List.of(node.id());
        if (node.estimatedTokens() < 0 || node.estimatedTokens() > MOST) {
            found.add(figure(at, "estimated_tokens", node.estimatedTokens()));
        }
        if (node.estimatedSeconds() < 0 || node.estimatedSeconds() > MOST) {
            found.add(figure(at, "estimated_seconds", node.estimatedSeconds()));
        }
        if (node.priority() < 1 || node.priority() > 5) {
            found.add(figure(at, "priority", node.priority()));
        }
    }

    private static Offence figure(List<String> tasks, String name, long value) {
        String whose = tasks.isEmpty() ? "the plan" : "task '%s'".formatted(tasks.getFirst());
        return new Offence(
                Kind.BAD_FIGURE, tasks, "%s of %s cannot be %d".formatted(name, whose, value));
    }

    private static void edges(TaskNode node, Set<String> ids, List<Offence> found) {
        Set<String> named = new TreeSet<>(node.dependencies());
        node.when().ifPresent(when -> named.add(when.task()));
        for (String name : named) {
            if (!ids.contains(name)) {
                found.add(
                        new Offence(
                                Kind.DANGLING,
                                List.of(node.id(), name),
                                "task '%s' names '%s', which is no task"
                                        .formatted(node.id(), name)));
            }
        }
    }

    /// Work that leads to nothing that is required is not worth a token.
    private void sinks() {
        List<String> sinks =
                tasks.all().stream()
                        .filter(TaskNode::required)
                        .map(TaskNode::id)
                        .filter(id -> tasks.dependents(id).isEmpty())
                        .toList();
        if (sinks.isEmpty()) {
            offences.add(
                    new Offence(
                            Kind.NO_REQUIRED_SINK,
                            List.of(),
                            "no task that nothing depends on is required, so nothing has to be delivered"));
            return;
        }
        Set<String> useful = tasks.ancestors(sinks);
        for (String id : tasks.order()) {
            if (tasks.node(id).required() && !useful.contains(id)) {
                offences.add(
                        new Offence(
                                Kind.ORPHAN,
                                List.of(id),
                                "task '%s' is required and leads to optional results alone"
                                        .formatted(id)));
            }
        }
    }

    private void branches() {
        Map<String, Set<When>> needed = new HashMap<>();
        Set<String> contradicted = new HashSet<>();
        for (String id : tasks.order()) {
            TaskNode node = tasks.node(id);
            node.when().ifPresent(when -> isKnown(node, when));
            Set<When> guards = guards(node, needed);
            Optional<List<When>> both = exclusive(guards);
            boolean inherited = node.dependencies().stream().anyMatch(contradicted::contains);
            if (both.isPresent()) {
                contradicted.add(id);
            }
            if (both.isPresent() && !inherited) {
                List<When> pair = both.get();
                offences.add(
                        new Offence(
                                Kind.CONTRADICTION,
                                List.of(id),
                                "task '%s' can never run: it needs %s and %s"
                                        .formatted(id, pair.getFirst(), pair.getLast())));
            }
            needed.put(id, guards);
        }
    }

    private void isKnown(TaskNode node, When when) {
        if (when.task().equals(node.id())
                || !tasks.ancestors(List.of(node.id())).contains(when.task())) {
            offences.add(
                    new Offence(
                            Kind.UNKNOWN_CONDITION,
                            List.of(node.id(), when.task()),
                            "task '%s' looks at an output of '%s', which does not come before it"
                                    .formatted(node.id(), when.task())));
        }
    }

    /// What has to hold whenever a task runs.
    private static Set<When> guards(TaskNode node, Map<String, Set<When>> needed) {
        Set<When> guards = new HashSet<>();
        node.when().ifPresent(guards::add);
        List<Set<When>> above =
                node.dependencies().stream().map(id -> needed.getOrDefault(id, Set.of())).toList();
        switch (node.join()) {
            case ALL_SUCCESS -> above.forEach(guards::addAll);
            case ANY_SUCCESS -> guards.addAll(common(above));
            case NONE_FAILED, ALL_DONE -> {}
        }
        return guards;
    }

    private static Set<When> common(List<Set<When>> sets) {
        if (sets.isEmpty()) {
            return Set.of();
        }
        Set<When> common = new HashSet<>(sets.getFirst());
        sets.forEach(common::retainAll);
        return common;
    }

    private static Optional<List<When>> exclusive(Collection<When> guards) {
        List<When> sorted = guards.stream().sorted(Comparator.comparing(When::toString)).toList();
        for (int i = 0; i < sorted.size(); i++) {
            for (int j = i + 1; j < sorted.size(); j++) {
                if (sorted.get(i).excludes(sorted.get(j))) {
                    return Optional.of(List.of(sorted.get(i), sorted.get(j)));
                }
            }
        }
        return Optional.empty();
    }

    /// What has to be done whichever branches are taken may not cost more than there is, nor take
    /// longer on the shortest way.
    private void figures() {
        Set<String> certainly = certain();
        List<TaskNode> certain =
                tasks.order().stream()
                        .filter(certainly::contains)
                        .map(tasks::node)
                        .filter(TaskNode::required)
                        .toList();
        long cost = certain.stream().mapToLong(TaskNode::estimatedTokens).sum();
        long plannable = graph.budgetTokens() * PLANNABLE_PERCENT / 100;
        if (cost > plannable) {
            offences.add(
                    new Offence(
                            Kind.BUDGET,
                            certain.stream().map(TaskNode::id).toList(),
                            "required tasks take %d tokens at least, %d of %d may be planned with"
                                    .formatted(cost, plannable, graph.budgetTokens())));
        }
        CriticalPath path = CriticalPath.of(certain);
        long seconds = graph.timeoutMinutes() * 60;
        if (path.seconds() > seconds) {
            offences.add(
                    new Offence(
                            Kind.DEADLINE,
                            path.tasks(),
                            "tasks that follow each other take %d s, the project has %d s"
                                    .formatted(path.seconds(), seconds)));
        }
    }

    /// Tasks that run whichever branches are taken: no branch at them nor anywhere before them.
    private Set<String> certain() {
        Set<String> certain = new HashSet<>();
        for (String id : tasks.order()) {
            TaskNode node = tasks.node(id);
            if (node.when().isEmpty() && certain.containsAll(node.dependencies())) {
                certain.add(id);
            }
        }
        return certain;
    }

    private void permissions(Set<String> granted) {
        for (String id : tasks.order()) {
            for (String permission : new TreeSet<>(tasks.node(id).permissions())) {
                if (!granted.contains(permission)) {
                    offences.add(
                            new Offence(
                                    Kind.PERMISSION,
                                    List.of(id),
                                    "task '%s' needs the capability '%s', which the project does not have"
                                            .formatted(id, permission)));
                }
            }
        }
    }
}
