package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
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
/// @param receipt where the audit log says how it ended; empty for projects that ended before it
/// said so
record EndedProject(ProjectResult result, Map<String, String> states, Optional<String> receipt) {
    EndedProject {
        states = Map.copyOf(states);
    }

    /// @param digest of the report
    static EndedProject of(
            String verdict, String digest, JsonObject report, Optional<String> receipt) {
        Map<String, String> files = new TreeMap<>();
        Map<String, String> states = new TreeMap<>();
        List<String> reasons = new ArrayList<>();
        for (JsonObject entry : report.objects("record")) {
            switch (entry.text("kind").orElse("")) {
                case "ARTIFACT" ->
                        files.put(entry.text("path").orElse(""), entry.text("sha256").orElse(""));
                case "TASK" ->
                        states.put(entry.text("task").orElse(""), entry.text("state").orElse(""));
                case "VERDICT" -> reasons.addAll(entry.texts("reasons"));
                default -> {}
            }
        }
        return new EndedProject(
                new ProjectResult(verdict, digest, files, reasons), states, receipt);
    }

    ProjectStatus status() {
        return new ProjectStatus(result.verdict(), states, result.reasons(), false, Map.of());
    }
}
