package dev.soma.metering.internal;

import dev.soma.kernel.Work;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// The levels of budgets, as the tables number them. Deeper ones are locked first.
final class Levels {
    static final int TENANT = 0;
    static final int USER = 1;
    static final int KEY = 2;

    /// A whole project.
    static final int PROJECT = 3;

    /// What a project's tasks may spend together; the rest is kept for its own steps.
    static final int TASKS = 4;

    static final int TASK = 5;

    private static final List<String> NAMES =
            List.of("tenant", "user", "key", "project", "tasks", "task");

    private Levels() {}

    static String name(int level) {
        return NAMES.get(level);
    }

    /// Subject by level of all that a part of a project draws on.
    static SortedMap<Integer, String> of(Work work) {
        SortedMap<Integer, String> subjects = new TreeMap<>();
        subjects.put(PROJECT, work.project());
        if (!work.task().isEmpty()) {
            subjects.put(TASKS, work.project());
            subjects.put(TASK, work.agent());
        }
        return subjects;
    }
}
