package dev.soma.kamachiq.spec;

import dev.soma.kamachiq.plan.TaskGraph;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What a project is to do (`contracts/project-spec.schema.json`). Its texts are data: they are
/// never a path, a command, a template or a rule.
///
/// @param id of the project in its tenant
/// @param budgetTokens of all models together
/// @param qualityThreshold in basis points; a score has to be above it
/// @param permissions capabilities that the project may use
/// @param model that writes where the library does not reach; empty for the platform's own
/// @param cheaperModel that writes when the money runs low; empty for none
/// @param approvePlan whether a person has to agree to the plan before anything is done
/// @param modelReads whether a model may say what the text means where the library does not read it
/// @param digest SHA-256, in hexadecimal, of the bytes that were handed in
/// @param plan a plan of its own; its figures are those of the specification
public record ProjectSpec(
        String id,
        String title,
        String text,
        List<String> goals,
        List<String> constraints,
        String context,
        long budgetTokens,
        long timeoutMinutes,
        int qualityThreshold,
        Producer producer,
        OnUnreachable onUnreachable,
        Set<String> permissions,
        String model,
        String cheaperModel,
        long seed,
        boolean approvePlan,
        boolean modelReads,
        String digest,
        Optional<TaskGraph> plan) {
    private static final double WHOLE = 10_000;

    public ProjectSpec {
        goals = List.copyOf(goals);
        constraints = List.copyOf(constraints);
        permissions = Set.copyOf(permissions);
    }

    /// The same project in other words, as it would be handed in; its own stay as its context.
    ///
    /// @return JSON
    public byte[] reworded(String newTitle, String newText) {
        var document =
                JsonValue.object()
                        .put("id", id)
                        .put("title", newTitle)
                        .put("text", newText)
                        .put("context", (title + "\n" + text + "\n" + context).strip())
                        .put("budget_tokens", budgetTokens)
                        .put("timeout_minutes", timeoutMinutes)
                        .put("quality_threshold", new JsonFloat(qualityThreshold / WHOLE))
                        .put("producer", producer.name().toLowerCase(Locale.ROOT))
                        .put("on_unreachable", onUnreachable.name().toLowerCase(Locale.ROOT))
                        .put("permissions", JsonValue.texts(permissions.stream().sorted().toList()))
                        .put("seed", seed)
                        .put("approve_plan", JsonValue.of(approvePlan));
        if (!model.isEmpty()) {
            document.put("model", model);
        }
        if (!cheaperModel.isEmpty()) {
            document.put("cheaper_model", cheaperModel);
        }
        return CanonicalJson.JCS.bytes(document.build());
    }

    /// Who writes code.
    public enum Producer {
        /// The library where it reaches, else a model that has shown that it can.
        AUTO,
        CAPSULE,
        MODEL
    }

    /// What follows when something required cannot be delivered.
    public enum OnUnreachable {
        AWAITING_HUMAN,
        PARTIAL
    }
}
