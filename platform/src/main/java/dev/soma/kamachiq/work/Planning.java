package dev.soma.kamachiq.work;

import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.requirement.Gap;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.ProjectSpec.Producer;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.PlannedTask;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Makes plans of specifications. Thread-safe.
public final class Planning {
    private static final int SHOWN = 10;

    /// Tests are tried on a program that has passed every check from the outside.
    private static final List<PlannedTask> TASKS =
            List.of(
                    task(Deliverable.PROGRAM, TaskType.CODE, List.of(), 2),
                    task(Deliverable.TESTS, TaskType.TEST, List.of(Deliverable.PROGRAM), 2),
                    task(Deliverable.DOCS, TaskType.CODE, List.of(Deliverable.PROGRAM), 1));

    private final String usualModel;
    private final Certificates certificates;

    /// @param usualModel address of the model that writes where a specification names none; empty
    /// for none
    public Planning(String usualModel, Certificates certificates) {
        this.usualModel = usualModel;
        this.certificates = certificates;
    }

    private static PlannedTask task(String id, TaskType type, List<String> after, long seconds) {
        return new PlannedTask(id, type.name(), type.persona(), after, seconds, true);
    }

    /// What would be done for a specification, without doing it.
    public Plan preview(String tenant, ProjectSpec spec) {
        return plan(tenant, Deliverable.of(spec));
    }

    static Plan impossible(String problem) {
        return new Plan(problem, List.of(), List.of(), 1, false, "", "");
    }

    Plan plan(String tenant, Deliverable deliverable) {
        ProjectSpec spec = deliverable.spec();
        List<String> gaps = gaps(deliverable);
        boolean libraryFirst = spec.producer() != Producer.MODEL;
        if (spec.producer() == Producer.CAPSULE || (libraryFirst && gaps.isEmpty())) {
            return plan(deliverable, gaps, "");
        }
        String model = named(spec);
        Optional<String> objection =
                model.isEmpty()
                        ? Optional.of("no model is named")
                        : certificates.objection(tenant, model);
        if (objection.isEmpty()) {
            return plan(deliverable, gaps, model);
        }
        return libraryFirst
                ? plan(deliverable, gaps, "")
                : impossible("no model may write: " + objection.get());
    }

    private String named(ProjectSpec spec) {
        return spec.model().isEmpty() ? usualModel : spec.model();
    }

    private Plan plan(Deliverable deliverable, List<String> gaps, String model) {
        ProjectSpec spec = deliverable.spec();
        boolean possible = deliverable.reading().calculator().isPresent() || !model.isEmpty();
        return new Plan(
                "",
                gaps,
                possible ? TASKS : List.of(),
                spec.timeoutMinutes(),
                spec.onUnreachable() == ProjectSpec.OnUnreachable.PARTIAL,
                model,
                model.isEmpty() ? named(spec) : "");
    }

    private static List<String> gaps(Deliverable deliverable) {
        return Stream.concat(
                        deliverable.reading().calculator().isPresent()
                                ? Stream.of()
                                : Stream.of("nothing in the library delivers this"),
                        deliverable.reading().gaps().stream().map(Planning::told))
                .limit(SHOWN)
                .toList();
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
