package dev.soma.kamachiq.work;

import dev.soma.kamachiq.requirement.Gap;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.ProjectSpec.Producer;
import dev.soma.kamachiq.work.Payloads.Plan;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Makes plans of specifications. Thread-safe.
public final class Planning {
    private static final int SHOWN = 10;

    /// What it takes to let a model write: its agent calls tools.
    public static final String TOOLS = "tools:call";

    private final String usualModel;
    private final Certificates certificates;
    private final Costs costs;

    /// @param usualModel address of the model that writes where a specification names none; empty
    /// for none
    /// @param costs what tasks have taken before
    public Planning(String usualModel, Certificates certificates, Costs costs) {
        this.usualModel = usualModel;
        this.certificates = certificates;
        this.costs = costs;
    }

    /// What would be done for a specification, without doing it.
    ///
    /// @param holds whether who hands it in has a capability
    public Plan preview(String tenant, ProjectSpec spec, Predicate<String> holds) {
        return plan(tenant, Deliverable.of(spec), holds);
    }

    /// With what every task is expected to take.
    Plan plan(String tenant, Deliverable deliverable, Predicate<String> holds) {
        return Estimates.of(
                decided(tenant, deliverable, holds),
                deliverable.spec().budgetTokens(),
                works -> costs.usual(tenant, works));
    }

    /// Why a plan that a specification brings along cannot be carried out; empty when it can, or
    /// none is brought.
    public static Optional<String> objection(ProjectSpec spec) {
        return Optional.of(Deliverable.of(spec).problem()).filter(problem -> !problem.isEmpty());
    }

    static Plan impossible(String problem) {
        return new Plan(problem, List.of(), List.of(), 1, false, "", "", "", "", "", false);
    }

    private Plan decided(String tenant, Deliverable deliverable, Predicate<String> holds) {
        ProjectSpec spec = deliverable.spec();
        if (!deliverable.problem().isEmpty()) {
            return impossible(deliverable.problem());
        }
        List<String> gaps = gaps(deliverable);
        boolean libraryFirst = spec.producer() != Producer.MODEL;
        if (spec.producer() == Producer.CAPSULE || (libraryFirst && gaps.isEmpty())) {
            return plan(deliverable, gaps, "", "");
        }
        String model = named(spec);
        Optional<String> objection = objection(tenant, model, holds);
        if (objection.isEmpty()) {
            boolean cheaper = objection(tenant, spec.cheaperModel(), holds).isEmpty();
            return plan(deliverable, gaps, model, cheaper ? spec.cheaperModel() : "");
        }
        return libraryFirst
                ? plan(deliverable, gaps, "", "")
                : impossible("no model may write: " + objection.get());
    }

    private Optional<String> objection(String tenant, String model, Predicate<String> holds) {
        if (model.isEmpty()) {
            return Optional.of("no model is named");
        }
        return holds.test(TOOLS)
                ? certificates.objection(tenant, model)
                : Optional.of("who hands the project in may not call tools (" + TOOLS + ")");
    }

    private String named(ProjectSpec spec) {
        return spec.model().isEmpty() ? usualModel : spec.model();
    }

    private Plan plan(Deliverable deliverable, List<String> gaps, String model, String cheaper) {
        ProjectSpec spec = deliverable.spec();
        return new Plan(
                "",
                gaps,
                model.isEmpty() ? covered(deliverable) : deliverable.tasks(),
                spec.timeoutMinutes(),
                spec.onUnreachable() == ProjectSpec.OnUnreachable.PARTIAL,
                model,
                model.isEmpty() ? named(spec) : "",
                cheaper,
                reader(spec, gaps, model),
                "",
                spec.approvePlan());
    }

    /// Who reads where the library does not, and no model writes.
    private String reader(ProjectSpec spec, List<String> gaps, String model) {
        boolean asked = spec.modelReads() && spec.plan().isEmpty();
        return asked && !gaps.isEmpty() && model.isEmpty() ? named(spec) : "";
    }

    /// Tasks that the library does, without those that others would have to come before.
    private static List<PlannedTask> covered(Deliverable deliverable) {
        Set<String> left = new HashSet<>();
        deliverable
                .duties()
                .forEach(
                        (task, duty) -> {
                            if (!duty.isCovered()) {
                                left.add(task);
                            }
                        });
        Set<String> without = deliverable.withFollowers(left);
        return deliverable.tasks().stream()
                .filter(task -> !without.contains(task.id()))
                .map(task -> task.by(deliverable.capsule(task.id()), deliverable.pin(task.id())))
                .toList();
    }

    private static List<String> gaps(Deliverable deliverable) {
        return deliverable.components().stream()
                .flatMap(
                        component ->
                                Stream.concat(
                                        unknown(component).stream(),
                                        component.reading().gaps().stream().map(Planning::told)))
                .distinct()
                .limit(SHOWN)
                .toList();
    }

    private static Optional<String> unknown(Component component) {
        String where = component.folder().isEmpty() ? "" : " (%s)".formatted(component.folder());
        return component.product().isPresent()
                ? Optional.empty()
                : Optional.of("nothing in the library delivers this" + where);
    }

    private static String told(Gap gap) {
        return "%s '%s' (%s, bytes %d to %d): %s"
                .formatted(
                        gap.kind(),
                        gap.text(),
                        gap.span().source(),
                        gap.span().from(),
                        gap.span().to(),
                        gap.why());
    }
}
