package dev.soma.kamachiq.work;

import dev.soma.kamachiq.gate.PythonReview.Part;
import dev.soma.kamachiq.plan.Offence;
import dev.soma.kamachiq.plan.PlanCheck;
import dev.soma.kamachiq.plan.TaskGraph;
import dev.soma.kamachiq.plan.TaskNode;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.requirement.RequirementReader;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.work.Duty.Look;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A plan that a specification brings along (docs/adr/0027-own-plans.md). A task of type `code`
/// makes a component in a folder that is called like it; `test` makes the tests of the components
/// it follows; `design` describes those that follow it; `review` looks at all that came before it.
final class OwnPlan {
    /// Tasks that one project carries out.
    static final int MOST_TASKS = 500;

    private final ProjectSpec spec;
    private final TaskGraph graph;
    private final Map<String, TaskNode> nodes = new HashMap<>();
    private final Map<String, List<String>> dependents = new HashMap<>();
    private final Map<String, Component> components = new TreeMap<>();

    private OwnPlan(ProjectSpec spec, TaskGraph graph) {
        this.spec = spec;
        this.graph = graph;
    }

    static Deliverable of(ProjectSpec spec, TaskGraph graph) {
        List<Offence> offences = PlanCheck.of(graph, spec.permissions());
        if (!offences.isEmpty()) {
            return impossible(spec, "the plan: " + offences.getFirst().message());
        }
        if (graph.nodes().size() > MOST_TASKS) {
            return impossible(spec, "a project carries out at most %d tasks".formatted(MOST_TASKS));
        }
        return new OwnPlan(spec, graph).deliverable();
    }

    private static Deliverable impossible(ProjectSpec spec, String problem) {
        return new Deliverable(spec, problem, List.of(), List.of(), new TreeMap<>());
    }

    private Deliverable deliverable() {
        for (int i = 0; i < graph.nodes().size(); i++) {
            TaskNode node = graph.nodes().get(i);
            nodes.put(node.id(), node);
            node.dependencies()
                    .forEach(
                            id ->
                                    dependents
                                            .computeIfAbsent(id, none -> new ArrayList<>())
                                            .add(node.id()));
            if (node.type() == TaskType.CODE) {
                components.put(node.id(), component(node, i));
            }
        }
        Optional<TaskNode> idle =
                graph.nodes().stream().filter(node -> worksOn(node).isEmpty()).findFirst();
        if (idle.isPresent()) {
            return impossible(
                    spec,
                    "the plan: task %s, of type %s, has no code to work on"
                            .formatted(
                                    idle.get().id(),
                                    idle.get().type().name().toLowerCase(Locale.ROOT)));
        }
        SortedMap<String, Duty> duties = new TreeMap<>();
        graph.nodes().forEach(node -> duties.put(node.id(), duty(node)));
        return new Deliverable(
                spec,
                "",
                List.copyOf(components.values()),
                graph.nodes().stream().map(OwnPlan::planned).toList(),
                duties);
    }

    private static PlannedTask planned(TaskNode node) {
        return new PlannedTask(
                node.id(),
                node.type().name(),
                node.type().persona(),
                node.dependencies(),
                node.estimatedSeconds(),
                node.required(),
                node.join().name(),
                node.when().stream().toList(),
                node.priority(),
                node.estimatedTokens(),
                "",
                "");
    }

    /// What the specification says goes for each component, what a task says for its own.
    private Component component(TaskNode node, int at) {
        Map<String, String> sources = RequirementReader.common(spec);
        sources.put("tasks/%d/description".formatted(at), node.description());
        return new Component(node.id() + "/", RequirementReader.read(sources));
    }

    private List<Component> worksOn(TaskNode node) {
        Stream<String> tasks =
                switch (node.type()) {
                    case CODE -> Stream.of(node.id());
                    case TEST -> node.dependencies().stream();
                    case REVIEW -> reached(node.id(), id -> node(id).dependencies()).stream();
                    case DESIGN ->
                            reached(node.id(), id -> dependents.getOrDefault(id, List.of()))
                                    .stream();
                };
        return tasks.sorted().filter(components::containsKey).map(components::get).toList();
    }

    private TaskNode node(String id) {
        TaskNode node = nodes.get(id);
        if (node == null) {
            throw new IllegalStateException("the plan has no task " + id);
        }
        return node;
    }

    /// Tasks that can be reached from one, without itself.
    private static Set<String> reached(String from, Function<String, List<String>> next) {
        Set<String> reached = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(next.apply(from));
        while (!open.isEmpty()) {
            String id = open.remove();
            if (reached.add(id)) {
                open.addAll(next.apply(id));
            }
        }
        return reached;
    }

    private Duty duty(TaskNode node) {
        List<Component> on = worksOn(node);
        return switch (node.type()) {
            case CODE -> code(on.getFirst());
            case TEST ->
                    new Duty(
                            on.stream().map(Component::tests).toList(),
                            on,
                            looks(on, EnumSet.of(Part.TESTS, Part.DISCRIMINATION)),
                            Optional.of(documents()),
                            Optional.empty());
            case REVIEW -> review(node, on);
            case DESIGN ->
                    new Duty(
                            List.of(document(node)),
                            on,
                            List.of(),
                            Optional.empty(),
                            Optional.of(description(node, on)));
        };
    }

    private static List<Look> looks(List<Component> components, Set<Part> parts) {
        return components.stream().map(component -> new Look(component, parts)).toList();
    }

    /// Who has no tester writes the tests, too.
    private Duty code(Component made) {
        boolean tested = testers(made).findAny().isPresent();
        List<String> outputs = new ArrayList<>(List.of(made.program(), made.readme()));
        Set<Part> parts = EnumSet.of(Part.BEHAVIOUR, Part.STYLE, Part.README);
        if (!tested) {
            outputs.add(made.tests());
            parts.addAll(Set.of(Part.TESTS, Part.DISCRIMINATION));
        }
        return new Duty(
                outputs,
                List.of(made),
                looks(List.of(made), parts),
                Optional.empty(),
                Optional.empty());
    }

    private Stream<TaskNode> testers(Component component) {
        return graph.nodes().stream()
                .filter(node -> node.type() == TaskType.TEST)
                .filter(node -> worksOn(node).contains(component));
    }

    /// Tests are run where they are there by then.
    private Duty review(TaskNode node, List<Component> on) {
        Set<String> before = reached(node.id(), id -> node(id).dependencies());
        List<Look> looks =
                on.stream()
                        .map(
                                component -> {
                                    Set<Part> parts =
                                            EnumSet.of(Part.BEHAVIOUR, Part.STYLE, Part.README);
                                    if (testers(component)
                                            .allMatch(tester -> before.contains(tester.id()))) {
                                        parts.add(Part.TESTS);
                                    }
                                    return new Look(component, parts);
                                })
                        .toList();
        return new Duty(List.of(), on, looks, Optional.empty(), Optional.empty());
    }

    private Set<String> documents() {
        return graph.nodes().stream()
                .filter(node -> node.type() == TaskType.DESIGN)
                .map(OwnPlan::document)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String document(TaskNode design) {
        return design.id() + ".md";
    }

    /// What the library describes; empty where something is not in it.
    private String description(TaskNode node, List<Component> on) {
        if (on.stream().anyMatch(component -> component.product().isEmpty())) {
            return "";
        }
        return "# %s\n\n%s\n\n%s\n"
                .formatted(
                        spec.title(),
                        node.description().strip(),
                        on.stream()
                                .map(Component::contract)
                                .map(text -> text.replaceAll("(?m)^#", "##"))
                                .collect(Collectors.joining("\n\n")));
    }
}
