package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What became of a project, as its report tells it; that stays when the Temporal server has
/// forgotten the project.
///
/// @param states of its tasks, the last that was told of each
/// @param tasks of its plan with what became of them
/// @param receipt where the audit log says how it ended; empty for projects that ended before it
/// said so
record EndedProject(
        ProjectResult result,
        Map<String, String> states,
        List<JsonObject> tasks,
        Optional<String> receipt) {
    EndedProject {
        states = Map.copyOf(states);
        tasks = List.copyOf(tasks);
    }

    /// @param digest of the report
    static EndedProject of(
            String verdict, String digest, JsonObject report, Optional<String> receipt) {
        Map<String, String> files = new TreeMap<>();
        Map<String, String> states = new TreeMap<>();
        Map<String, String> whys = new TreeMap<>();
        Map<String, Integer> tries = new TreeMap<>();
        List<JsonObject> planned = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (JsonObject entry : report.objects("record")) {
            String task = entry.text("task").orElse("");
            switch (entry.text("kind").orElse("")) {
                case "PLAN" -> planned.addAll(entry.objects("tasks"));
                case "ARTIFACT" ->
                        files.put(entry.text("path").orElse(""), entry.text("sha256").orElse(""));
                case "TASK", "KEPT" -> {
                    String state = entry.text("state").orElse("");
                    states.put(task, state);
                    whys.put(task, entry.text("why").orElse(""));
                    if (state.equals("RUNNING")) {
                        tries.merge(task, 1, Integer::sum);
                    }
                }
                case "VERDICT" -> reasons.addAll(entry.texts("reasons"));
                default -> {}
            }
        }
        return new EndedProject(
                new ProjectResult(verdict, digest, files, reasons),
                states,
                planned.stream().map(task -> graphed(task, states, whys, tries)).toList(),
                receipt);
    }

    private static JsonObject graphed(
            JsonObject planned,
            Map<String, String> states,
            Map<String, String> whys,
            Map<String, Integer> tries) {
        String id = planned.text("id").orElse("");
        var task = JsonValue.object();
        planned.members().forEach(task::put);
        return task.put("state", states.getOrDefault(id, ""))
                .put("why", whys.getOrDefault(id, ""))
                .put("tries", tries.getOrDefault(id, 0))
                .build();
    }

    ProjectStatus status() {
        return new ProjectStatus(result.verdict(), states, result.reasons(), false, Map.of());
    }
}
