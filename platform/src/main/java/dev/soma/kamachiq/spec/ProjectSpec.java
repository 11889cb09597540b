package dev.soma.kamachiq.spec;

import dev.soma.kamachiq.plan.TaskGraph;
import java.util.List;
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
/// @param approvePlan whether a person has to agree to the plan before anything is done
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
        long seed,
        boolean approvePlan,
        String digest,
        Optional<TaskGraph> plan) {
    public ProjectSpec {
        goals = List.copyOf(goals);
        constraints = List.copyOf(constraints);
        permissions = Set.copyOf(permissions);
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
