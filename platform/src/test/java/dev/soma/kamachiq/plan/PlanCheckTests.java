package dev.soma.kamachiq.plan;

import static dev.soma.kamachiq.plan.Plans.costing;
import static dev.soma.kamachiq.plan.Plans.generated;
import static dev.soma.kamachiq.plan.Plans.graph;
import static dev.soma.kamachiq.plan.Plans.optional;
import static dev.soma.kamachiq.plan.Plans.task;
import static dev.soma.kamachiq.plan.Plans.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.plan.Offence.Kind;
import dev.soma.kamachiq.plan.Plans.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Every way in which a plan can be wrong is told, with the smallest example.
class PlanCheckTests {
    private static List<Offence> check(TaskNode... nodes) {
        return PlanCheck.of(graph(nodes), Set.of("shell"));
    }

    private static Offence only(List<Offence> offences) {
        assertThat(offences).hasSize(1);
        return offences.getFirst();
    }

    @Test
    void aPlanThatHoldsHasNoOffence() {
        assertThat(
                        check(
                                task("a", 1),
                                costing(task("b", 1, "a"), 10, "shell"),
                                optional(task("c", 1, "a"))))
                .isEmpty();
    }

    @Test
    void idsEdgesAndFiguresHaveToBeRight() {
        assertThat(check()).extracting(Offence::kind).containsExactly(Kind.EMPTY);
        for (String id : List.of("", "A", "1a", "a b", "a/b", "a".repeat(64), "\u0430")) {
            assertThat(only(check(task(id, 1))).kind()).as(id).isEqualTo(Kind.BAD_ID);
        }
        assertThat(only(check(task("a", 1), task("a", 2))).kind()).isEqualTo(Kind.DUPLICATE_ID);
        Offence dangling = only(check(task("a", 1, "ghost")));
        assertThat(dangling.kind()).isEqualTo(Kind.DANGLING);
        assertThat(dangling.tasks()).containsExactly("a", "ghost");
        assertThat(only(check(task("a", -1))).message()).contains("estimated_seconds of", "-1");
        assertThat(only(check(costing(task("a", 1), Long.MAX_VALUE))).kind())
                .isEqualTo(Kind.BAD_FIGURE);
        assertThat(PlanCheck.of(new TaskGraph(List.of(task("a", 1)), -1, 0, 10_001), Set.of()))
                .extracting(Offence::kind)
                .containsExactly(Kind.BAD_FIGURE, Kind.BAD_FIGURE, Kind.BAD_FIGURE);
        List<TaskNode> many = new ArrayList<>();
        for (int i = 0; i <= PlanCheck.MAX_TASKS; i++) {
            many.add(task("t" + i, 1));
        }
        assertThat(only(check(many.toArray(TaskNode[]::new))).kind()).isEqualTo(Kind.TOO_LARGE);
    }

    @Test
    void theShortestCycleIsNamed() {
        Offence cycle =
                only(
                        check(
                                task("a", 1, "e"),
                                task("b", 1, "a"),
                                task("c", 1, "b"),
                                task("d", 1, "c"),
                                task("e", 1, "d", "b")));
        assertThat(cycle.kind()).isEqualTo(Kind.CYCLE);
        assertThat(cycle.message()).endsWith("a -> b -> e -> a");
        assertThat(only(check(task("a", 1, "a"))).tasks()).containsExactly("a");
    }

    @Test
    void aGeneratedCycleIsFoundAndIsOne() {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Shape> shapes = List.of(Shape.values());
        for (int trial = 0; trial < 200; trial++) {
            List<TaskNode> tasks =
                    new ArrayList<>(
                            generated(
                                    shapes.get(trial % shapes.size()),
                                    5 + random.nextInt(60),
                                    random));
            Set<String> above = new Ordered(tasks).ancestors(List.of(tasks.getLast().id()));
            int first = random.nextInt(tasks.size());
            TaskNode closing = tasks.get(first);
            List<String> dependencies = new ArrayList<>(closing.dependencies());
            dependencies.add(tasks.getLast().id());
            tasks.set(
                    first,
                    task(closing.id(), 1, dependencies.stream().distinct().toArray(String[]::new)));
            List<Offence> found =
                    PlanCheck.of(new TaskGraph(tasks, 1_000, 10_000, 8_000), Set.of());
            boolean closes = above.contains(closing.id());
            assertThat(found.stream().anyMatch(offence -> offence.kind() == Kind.CYCLE))
                    .as("seed %d, trial %d", seed, trial)
                    .isEqualTo(closes);
            if (closes) {
                List<String> cycle = only(found).tasks();
                assertThat(cycle).doesNotHaveDuplicates();
                Ordered ordered = new Ordered(tasks);
                for (int i = 0; i < cycle.size(); i++) {
                    assertThat(ordered.dependents(cycle.get(i)))
                            .contains(cycle.get((i + 1) % cycle.size()));
                }
                assertThat(isMinimal(tasks, new HashSet<>(cycle))).isTrue();
            }
        }
    }

    /// Without any one of its tasks the rest has no cycle of its own.
    private static boolean isMinimal(List<TaskNode> tasks, Set<String> cycle) {
        for (String left : cycle) {
            List<TaskNode> rest =
                    tasks.stream()
                            .filter(task -> cycle.contains(task.id()) && !task.id().equals(left))
                            .map(
                                    task ->
                                            task(
                                                    task.id(),
                                                    1,
                                                    task.dependencies().stream()
                                                            .filter(cycle::contains)
                                                            .filter(id -> !id.equals(left))
                                                            .toArray(String[]::new)))
                            .toList();
            if (!new Ordered(rest).isAcyclic()) {
                return false;
            }
        }
        return true;
    }

    @Test
    void requiredWorkHasToLeadToARequiredResult() {
        assertThat(only(check(optional(task("a", 1)))).kind()).isEqualTo(Kind.NO_REQUIRED_SINK);
        Offence orphan = only(check(task("a", 1), task("b", 1), optional(task("c", 1, "a"))));
        assertThat(orphan.kind()).isEqualTo(Kind.ORPHAN);
        assertThat(orphan.tasks()).containsExactly("a");
    }

    @Test
    void branchesThatExcludeEachOtherMayNotMeetWhereBothAreNeeded() {
        TaskNode ask = task("ask", 1);
        TaskNode left = with(task("left", 1, "ask"), new When("ask", "kind", "web"));
        TaskNode right = with(task("right", 1, "ask"), new When("ask", "kind", "cli"));
        TaskNode after = task("after", 1, "meet");
        Offence found = only(check(ask, left, right, task("meet", 1, "left", "right"), after));
        assertThat(found.kind()).isEqualTo(Kind.CONTRADICTION);
        assertThat(found.tasks()).containsExactly("meet");
        assertThat(found.message()).contains("ask.kind = 'cli'", "ask.kind = 'web'");
        for (Join join : List.of(Join.ANY_SUCCESS, Join.NONE_FAILED, Join.ALL_DONE)) {
            TaskNode meet = with(task("meet", 1, "left", "right"), join);
            assertThat(check(ask, left, right, meet, after)).as(join.name()).isEmpty();
        }
        assertThat(only(check(with(task("a", 1), new When("b", "x", "1")), task("b", 1))).kind())
                .isEqualTo(Kind.UNKNOWN_CONDITION);
    }

    @Test
    void theBudgetAndTheDeadlineHaveToReachAndTheRightsToBeThere() {
        assertThat(check(costing(task("a", 1), 450), costing(task("b", 1), 450))).isEmpty();
        Offence budget = only(check(costing(task("a", 1), 450), costing(task("b", 1), 451)));
        assertThat(budget.kind()).isEqualTo(Kind.BUDGET);
        assertThat(budget.message()).contains("901", "900 of 1000");
        assertThat(
                        check(
                                costing(task("a", 1), 800),
                                costing(with(task("b", 1, "a"), new When("a", "x", "1")), 800)))
                .as("a branch need not be taken")
                .isEmpty();
        Offence late = only(check(task("a", 1_800), task("b", 1_801, "a"), task("c", 3_600)));
        assertThat(late.kind()).isEqualTo(Kind.DEADLINE);
        assertThat(late.tasks()).containsExactly("a", "b");
        assertThat(only(check(costing(task("a", 1), 1, "network.egress"))).kind())
                .isEqualTo(Kind.PERMISSION);
    }
}
