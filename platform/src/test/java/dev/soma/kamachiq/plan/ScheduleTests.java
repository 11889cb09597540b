package dev.soma.kamachiq.plan;

import static dev.soma.kamachiq.plan.Plans.generated;
import static dev.soma.kamachiq.plan.Plans.task;
import static dev.soma.kamachiq.plan.Plans.urgent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.plan.Plans.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The order of work against the vectors of the design, its laws, and the bound that it promises.
class ScheduleTests {
    /// Of the corpus; changing it changes what is promised.
    private static final long CORPUS = 20_261_127;

    private static final int LIMIT = 10;
    private static final List<TaskNode> DESIGN =
            List.of(
                    task("a", 1),
                    task("b", 1),
                    task("c", 2),
                    task("d", 3, "c"),
                    task("e", 1, "a", "b"));

    @Test
    void theVectorOfTheDesignHolds() {
        CriticalPath path = CriticalPath.of(DESIGN);
        assertThat(DESIGN)
                .extracting(task -> path.level(task.id()))
                .containsExactly(2L, 2L, 5L, 3L, 1L);
        assertThat(path.tasks()).containsExactly("c", "d");
        Schedule schedule = Schedule.of(DESIGN, 2);
        assertThat(schedule.starts())
                .isEqualTo(Map.of("c", 0L, "a", 0L, "b", 1L, "d", 2L, "e", 2L));
        assertThat(schedule.makespan()).isEqualTo(5);
        assertThat(schedule.lowerBound()).isEqualTo(5);
        assertThat(Schedule.of(DESIGN, 2, Comparator.comparing(TaskNode::id)).makespan())
                .as("first come, first served")
                .isEqualTo(6);
    }

    @Test
    void whatIsUrgentGoesFirst() {
        assertThat(Schedule.of(List.of(task("a", 9), urgent(task("b", 1), 1)), 1).starts())
                .isEqualTo(Map.of("b", 0L, "a", 1L));
    }

    @Test
    void everyScheduleKeepsTheOrderAndTheLimitAndLeavesNobodyIdle() {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Shape> shapes = List.of(Shape.values());
        for (int trial = 0; trial < 300; trial++) {
            Shape shape = shapes.get(trial % shapes.size());
            List<TaskNode> tasks = generated(shape, 5 + random.nextInt(80), random);
            int limit = 1 + random.nextInt(12);
            Schedule schedule = Schedule.of(tasks, limit);
            Map<Long, Integer> changes = new HashMap<>();
            for (TaskNode task : tasks) {
                long start = start(schedule, task.id());
                for (String before : task.dependencies()) {
                    long end = start(schedule, before) + seconds(tasks, before);
                    assertThat(start)
                            .as("seed %d, %s after %s", seed, task.id(), before)
                            .isGreaterThanOrEqualTo(end);
                }
                changes.merge(start, 1, Integer::sum);
                changes.merge(start + task.estimatedSeconds(), -1, Integer::sum);
            }
            int working = 0;
            for (long moment : changes.keySet().stream().sorted().toList()) {
                working += changes.getOrDefault(moment, 0);
                assertThat(working).as("seed %d at %d s", seed, moment).isBetween(0, limit);
            }
            assertThat(schedule.makespan()).isGreaterThanOrEqualTo(schedule.lowerBound());
            // Graham's bound for any list schedule.
            assertThat(schedule.ratio()).isLessThanOrEqualTo(2 - 1.0 / limit + 1e-9);
            List<TaskNode> shuffled = new ArrayList<>(tasks);
            Collections.shuffle(shuffled, random);
            assertThat(Schedule.of(shuffled, limit)).as("seed %d", seed).isEqualTo(schedule);
        }
    }

    private static long start(Schedule schedule, String task) {
        return schedule.starts().getOrDefault(task, -1L);
    }

    private static long seconds(List<TaskNode> tasks, String id) {
        return tasks.stream()
                .filter(task -> task.id().equals(id))
                .findFirst()
                .orElseThrow()
                .estimatedSeconds();
    }

    /// The mean ratio over the corpus is what is promised; the worst is told.
    @Test
    void onTheCorpusTheMeanRatioToTheBoundIsAtMostTwelveHundredths() {
        Random random = new Random(CORPUS);
        double sum = 0;
        double worst = 0;
        String worstOf = "";
        int count = 0;
        for (int size : List.of(5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)) {
            for (Shape shape : Shape.values()) {
                for (int i = 0; i < 4; i++) {
                    double ratio = Schedule.of(generated(shape, size, random), LIMIT).ratio();
                    sum += ratio;
                    count++;
                    if (ratio > worst) {
                        worst = ratio;
                        worstOf = "%s of %d tasks".formatted(shape, size);
                    }
                }
            }
        }
        System.out.printf(
                "schedule ratio over %d plans: mean %.4f, worst %.4f (%s)%n",
                count, sum / count, worst, worstOf);
        assertThat(sum / count).isLessThanOrEqualTo(1.12);
        assertThat(worst).isLessThanOrEqualTo(1.75);
    }
}
