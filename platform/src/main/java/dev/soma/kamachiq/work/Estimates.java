package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Plan;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the tasks of a plan are expected to take: what a specification says itself, else what such
/// tasks have taken in this tenant, else a guess.
final class Estimates {
    /// A briefing of two thousand tokens that is sent with each of three steps.
    private static final long GUESS_WRITTEN = 6_000;

    /// A question of two hundred tokens, and as many for the answer.
    private static final long GUESS_WORDED = 400;

    private static final Set<String> MADE =
            Set.of(Deliverable.PROGRAM, Deliverable.TESTS, Deliverable.DOCS);

    private Estimates() {}

    /// By what the cost of a task is remembered: tasks of one work cost alike.
    static String work(Plan plan, PlannedTask task) {
        return work(plan, task, plan.model());
    }

    /// @param writer model that writes; empty where the library does
    static String work(Plan plan, PlannedTask task, String writer) {
        String kind = MADE.contains(task.id()) ? task.id() : task.type().toLowerCase(Locale.ROOT);
        String model = writer.isEmpty() ? plan.wording() : writer;
        String how = writer.isEmpty() ? "worded" : "written";
        return model.isEmpty() ? kind : "%s %s by %s".formatted(kind, how, model);
    }

    /// @param budget tokens that the project may spend
    /// @param usual what tasks of each work have taken, where that is known
    static Plan of(Plan plan, long budget, Function<Set<String>, Map<String, Costs.Cost>> usual) {
        Map<String, Costs.Cost> known =
                usual.apply(
                        plan.tasks().stream()
                                .map(task -> work(plan, task))
                                .collect(Collectors.toUnmodifiableSet()));
        List<PlannedTask> tasks =
                plan.tasks().stream().map(task -> costing(plan, task, known)).toList();
        return new Plan(
                plan.problem(),
                plan.gaps(),
                tasks,
                plan.timeoutMinutes(),
                plan.deliversPartly(),
                plan.model(),
                plan.wording(),
                plan.cheaper(),
                plan.reader(),
                concern(plan, budget, known),
                plan.needsApproval());
    }

    /// What such tasks have taken is no promise, so it is no reason to refuse; a guess is none to
    /// ask, and neither are words that a task does without.
    private static String concern(Plan plan, long budget, Map<String, Costs.Cost> known) {
        long took =
                plan.tasks().stream()
                        .map(task -> known.get(work(plan, task)))
                        .filter(Objects::nonNull)
                        .mapToLong(Costs.Cost::tokens)
                        .sum();
        long mine = budget / 10 * 9;
        return plan.model().isEmpty() || took <= mine
                ? ""
                : "such tasks have taken %d tokens, and the project has %d for its tasks"
                        .formatted(took, mine);
    }

    private static PlannedTask costing(Plan plan, PlannedTask task, Map<String, Costs.Cost> known) {
        Costs.Cost usual = known.get(work(plan, task));
        long tokens = usual == null ? guess(plan, task) : usual.tokens();
        long seconds = usual == null ? 1 : seconds(usual.millis());
        return task.costing(
                task.estimatedTokens() > 0 ? task.estimatedTokens() : tokens,
                task.estimatedSeconds() > 0 ? task.estimatedSeconds() : seconds);
    }

    private static long seconds(long millis) {
        return Math.max(1, Math.ceilDiv(millis, 1_000L));
    }

    private static long guess(Plan plan, PlannedTask task) {
        if (!plan.model().isEmpty()) {
            return GUESS_WRITTEN;
        }
        return !plan.wording().isEmpty() && task.id().equals(Deliverable.DOCS) ? GUESS_WORDED : 0;
    }
}
