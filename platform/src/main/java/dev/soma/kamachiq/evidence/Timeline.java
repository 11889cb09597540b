package dev.soma.kamachiq.evidence;

import dev.soma.kamachiq.plan.CriticalPath;
import dev.soma.kamachiq.plan.Join;
import dev.soma.kamachiq.plan.TaskNode;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// When the tasks of a project were at work, and how far that is from the best there could have
/// been: worked out from the entries of its record alone, so who verifies a report comes to the
/// same.
///
/// @param spans in the order in which they began
/// @param criticalChain tasks that follow each other and took longest together
/// @param makespan milliseconds from the first beginning to the last end
/// @param lowerBound milliseconds below which no schedule could have got: the longest chain, or all
/// work shared by the agents without a gap
public record Timeline(
        List<Span> spans, List<String> criticalChain, long makespan, long lowerBound) {
    /// Agents of one project at once.
    public static final int AGENTS = 10;

    private static final long WHOLE = 10_000;

    public Timeline {
        spans = List.copyOf(spans);
        criticalChain = List.copyOf(criticalChain);
    }

    /// One try of a task.
    ///
    /// @param from milliseconds after the first beginning
    /// @param outcome such as `DONE`, `FAILED_TRY` or `BLOCKED`; empty when nothing is known of it
    public record Span(String task, long from, long to, String outcome) {}

    /// Of entries as [RunRecord] chains them: `PLAN` names the tasks and what they depend on,
    /// `TASK` says what became of them.
    public static Timeline of(List<JsonObject> entries) {
        Map<String, List<String>> dependencies = new TreeMap<>();
        List<Span> spans = new ArrayList<>();
        Map<String, Long> begun = new TreeMap<>();
        Optional<Long> first = Optional.empty();
        for (JsonObject entry : entries) {
            String kind = entry.text("kind").orElse("");
            if (kind.equals("PLAN")) {
                tasks(entry, dependencies);
            } else if (kind.equals("TASK")) {
                String task = entry.text("task").orElse("");
                long at = entry.integer("at_ms").orElse(0);
                first = first.or(() -> Optional.of(at));
                long since = at - first.get();
                String state = entry.text("state").orElse("");
                Long from = state.equals("RUNNING") ? begun.put(task, since) : begun.remove(task);
                if (from != null && !state.equals("RUNNING")) {
                    spans.add(new Span(task, from, since, state));
                }
            }
        }
        begun.forEach((task, from) -> spans.add(new Span(task, from, from, "")));
        spans.sort(
                Comparator.comparingLong(Span::from)
                        .thenComparing(Span::task)
                        .thenComparingLong(Span::to));
        return of(spans, dependencies);
    }

    private static void tasks(JsonObject plan, Map<String, List<String>> dependencies) {
        for (JsonObject task : plan.objects("tasks")) {
            dependencies.put(task.text("id").orElse(""), task.texts("dependencies"));
        }
    }

    private static Timeline of(List<Span> spans, Map<String, List<String>> dependencies) {
        Map<String, Long> worked = new TreeMap<>();
        spans.forEach(span -> worked.merge(span.task(), span.to() - span.from(), Long::sum));
        List<TaskNode> nodes =
                worked.entrySet().stream()
                        .map(
                                task ->
                                        node(
                                                task.getKey(),
                                                dependencies
                                                        .getOrDefault(task.getKey(), List.of())
                                                        .stream()
                                                        .filter(worked::containsKey)
                                                        .toList(),
                                                task.getValue()))
                        .toList();
        CriticalPath path = CriticalPath.of(nodes);
        long work = worked.values().stream().mapToLong(Long::longValue).sum();
        return new Timeline(
                spans,
                path.tasks(),
                spans.stream().mapToLong(Span::to).max().orElse(0),
                Math.max(path.seconds(), Math.ceilDiv(work, (long) AGENTS)));
    }

    private static TaskNode node(String id, List<String> after, long millis) {
        return new TaskNode(
                id,
                TaskType.CODE,
                "",
                after,
                0,
                millis,
                Join.ALL_SUCCESS,
                Optional.empty(),
                true,
                3,
                Set.of());
    }

    /// How far from the bound, in basis points; 10,000 is the best there is.
    public long ratio() {
        return lowerBound == 0 ? WHOLE : makespan * WHOLE / lowerBound;
    }

    /// As a report holds it.
    public JsonObject document() {
        return JsonValue.object()
                .put(
                        "spans",
                        JsonValue.array(
                                spans.stream()
                                        .map(
                                                span ->
                                                        JsonValue.object()
                                                                .put("task", span.task())
                                                                .put("from_ms", span.from())
                                                                .put("to_ms", span.to())
                                                                .put("outcome", span.outcome())
                                                                .build())
                                        .toList()))
                .put("critical_chain", JsonValue.texts(criticalChain))
                .put("makespan_ms", makespan)
                .put("lower_bound_ms", lowerBound)
                .put("ratio_bp", ratio())
                .build();
    }
}
