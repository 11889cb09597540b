package dev.soma.kamachiq.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// Plans of tests.
final class Plans {
    private Plans() {}

    static TaskNode task(String id, long seconds, String... dependencies) {
        return new TaskNode(
                id,
                TaskType.CODE,
                "",
                List.of(dependencies),
                0,
                seconds,
                Join.ALL_SUCCESS,
                Optional.empty(),
                true,
                3,
                Set.of());
    }

    /// The same but for what a test changes.
    private static TaskNode like(TaskNode task, long tokens, Set<String> permissions, Rest rest) {
        return new TaskNode(
                task.id(),
                task.type(),
                task.description(),
                task.dependencies(),
                tokens,
                task.estimatedSeconds(),
                rest.join,
                rest.when,
                rest.required,
                rest.priority,
                permissions);
    }

    private record Rest(Join join, Optional<When> when, boolean required, int priority) {
        static Rest of(TaskNode task) {
            return new Rest(task.join(), task.when(), task.required(), task.priority());
        }
    }

    private static TaskNode like(TaskNode task, Rest rest) {
        return like(task, task.estimatedTokens(), task.permissions(), rest);
    }

    static TaskNode with(TaskNode task, Join join) {
        return like(task, new Rest(join, task.when(), task.required(), task.priority()));
    }

    static TaskNode with(TaskNode task, When when) {
        return like(
                task, new Rest(task.join(), Optional.of(when), task.required(), task.priority()));
    }

    static TaskNode optional(TaskNode task) {
        return like(task, new Rest(task.join(), task.when(), false, task.priority()));
    }

    static TaskNode urgent(TaskNode task, int priority) {
        return like(task, new Rest(task.join(), task.when(), task.required(), priority));
    }

    static TaskNode costing(TaskNode task, long tokens, String... permissions) {
        return like(task, tokens, Set.of(permissions), Rest.of(task));
    }

    static TaskGraph graph(TaskNode... nodes) {
        return new TaskGraph(List.of(nodes), 1_000, 60, 8_000);
    }

    /// Shapes of generated plans.
    enum Shape {
        CHAINS,
        FANS,
        DIAMONDS,
        FOREST,
        LAYERS
    }

    /// A plan of a shape; tasks take 1 to 100 s.
    static List<TaskNode> generated(Shape shape, int size, Random random) {
        List<TaskNode> tasks = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            List<String> before = new ArrayList<>();
            switch (shape) {
                case CHAINS -> {
                    int chains = Math.max(1, size / 12);
                    if (i >= chains) {
                        before.add(id(i - chains));
                    }
                }
                case FANS -> {
                    if (i == size - 1) {
                        for (int j = 1; j < i; j++) {
                            before.add(id(j));
                        }
                    } else if (i > 0) {
                        before.add(id(0));
                    }
                }
                case DIAMONDS -> {
                    int place = i % 4;
                    if (place == 3) {
                        before.add(id(i - 1));
                        before.add(id(i - 2));
                    } else if (place > 0) {
                        before.add(id(i - place));
                    } else if (i > 3 && random.nextInt(3) > 0) {
                        before.add(id(i - 1));
                    }
                }
                case FOREST -> {
                    if (i > 0 && random.nextInt(12) > 0) {
                        before.add(id(random.nextInt(i)));
                    }
                }
                case LAYERS -> {
                    int width = 1 + (int) Math.sqrt(size);
                    for (int j = 0; j < 3 && i >= width; j++) {
                        int layer = i / width - 1;
                        before.add(id(layer * width + random.nextInt(width)));
                    }
                }
            }
            tasks.add(
                    task(
                            id(i),
                            1 + random.nextInt(100),
                            before.stream().distinct().toArray(String[]::new)));
        }
        return tasks;
    }

    private static String id(int number) {
        return "t" + number;
    }
}
