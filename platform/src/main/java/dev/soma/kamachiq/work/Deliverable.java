package dev.soma.kamachiq.work;

import dev.soma.kamachiq.gate.Check;
import dev.soma.kamachiq.gate.PythonReview.Part;
import dev.soma.kamachiq.library.Product;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.requirement.RequirementReader;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.work.Duty.Look;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What a project has to deliver, worked out from its specification alone, so every worker comes to
/// the same.
///
/// @param problem why it cannot be worked out; empty when it can
/// @param tasks in the order of the plan
/// @param duties by task
record Deliverable(
        ProjectSpec spec,
        String problem,
        List<Component> components,
        List<PlannedTask> tasks,
        SortedMap<String, Duty> duties) {
    static final String PROGRAM = "program";
    static final String TESTS = "tests";
    static final String DOCS = "docs";

    private static final Set<Part> WHOLE =
            EnumSet.of(Part.BEHAVIOUR, Part.STYLE, Part.TESTS, Part.README);

    /// Tests are tried on a program that has passed every check from the outside.
    private static final List<PlannedTask> TASKS =
            List.of(
                    PlannedTask.of(PROGRAM, TaskType.CODE, List.of()),
                    PlannedTask.of(TESTS, TaskType.TEST, List.of(PROGRAM)),
                    PlannedTask.of(DOCS, TaskType.CODE, List.of(PROGRAM)));

    static Deliverable of(ProjectSpec spec) {
        return spec.plan()
                .map(graph -> OwnPlan.of(spec, graph))
                .orElseGet(() -> one(spec, new Component("", RequirementReader.read(spec))));
    }

    private static Deliverable one(ProjectSpec spec, Component whole) {
        SortedMap<String, Duty> duties = new TreeMap<>();
        duties.put(
                PROGRAM,
                duty(whole, whole.program(), EnumSet.of(Part.BEHAVIOUR, Part.STYLE), false));
        duties.put(
                TESTS,
                duty(whole, whole.tests(), EnumSet.of(Part.TESTS, Part.DISCRIMINATION), true));
        duties.put(DOCS, duty(whole, whole.readme(), EnumSet.of(Part.README), false));
        return new Deliverable(spec, "", List.of(whole), TASKS, duties);
    }

    /// @param blind whether its agent sees nothing of the work before: who writes tests does not
    /// see the program
    private static Duty duty(Component whole, String output, Set<Part> parts, boolean blind) {
        return new Duty(
                List.of(output),
                List.of(whole),
                List.of(new Look(whole, parts)),
                blind ? Optional.of(Set.of()) : Optional.empty(),
                Optional.empty());
    }

    Optional<Duty> duty(String task) {
        return Optional.ofNullable(duties.get(task));
    }

    /// What the review of the whole looks at: every component that is there, whole. One whose tests
    /// did not come about is found wanting, so that a person decides.
    List<Look> looks(Map<String, String> files) {
        return components.stream()
                .filter(component -> files.containsKey(component.program()))
                .map(component -> new Look(component, WHOLE))
                .toList();
    }

    /// What the library has for a path; empty where it has nothing.
    ///
    /// @param introduction words of a model that were let pass; empty for the usual ones
    Optional<String> made(String task, String path, Optional<String> introduction) {
        return duty(task)
                .flatMap(Duty::document)
                .filter(text -> !text.isEmpty())
                .or(
                        () ->
                                components.stream()
                                        .flatMap(part -> part.made(path, introduction).stream())
                                        .findFirst());
    }

    /// Some tasks, and all that follow from them.
    Set<String> withFollowers(Collection<String> some) {
        Set<String> all = new HashSet<>(some);
        boolean more = true;
        while (more) {
            more = false;
            for (PlannedTask task : tasks) {
                boolean follows = task.dependencies().stream().anyMatch(all::contains);
                more |= follows && all.add(task.id());
            }
        }
        return all;
    }

    /// The capsules of the library that do a task; empty where it has none.
    String capsule(String task) {
        return duty(task).stream()
                .flatMap(duty -> duty.components().stream())
                .flatMap(component -> component.product().stream())
                .map(Product::capsule)
                .distinct()
                .sorted()
                .collect(Collectors.joining(" "));
    }

    /// SHA-256, in hexadecimal, of what the library makes for a task, in its usual words.
    String pin(String task) {
        var made = JsonValue.object();
        duty(task)
                .ifPresent(
                        duty ->
                                duty.outputs()
                                        .forEach(
                                                path ->
                                                        made.put(
                                                                path,
                                                                made(task, path, Optional.empty())
                                                                        .orElse(""))));
        return Digest.sha256Hex(CanonicalJson.JCS.bytes(made.build()));
    }

    /// What a task has to come to, in words for who does it.
    String contract(Duty duty) {
        return duty.components().stream()
                .map(Component::contract)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("\n\n"));
    }

    /// Runs that show how what a task works on behaves.
    List<Check> checks(Duty duty) {
        return duty.components().stream()
                .flatMap(component -> component.product().stream())
                .flatMap(product -> product.checks().stream())
                .toList();
    }

    /// The one thing whose introduction a task writes; empty where it writes none or several.
    Optional<Product> introduced(Duty duty) {
        return duty.components().size() == 1
                        && duty.outputs().contains(duty.components().getFirst().readme())
                ? duty.components().getFirst().product()
                : Optional.empty();
    }
}
