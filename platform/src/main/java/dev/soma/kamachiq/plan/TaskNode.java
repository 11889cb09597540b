package dev.soma.kamachiq.plan;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One task of a plan.
///
/// @param id `^[a-z][a-z0-9_-]{0,62}$`
/// @param dependencies tasks that come before it
/// @param estimatedTokens of all models together, not below 0
/// @param estimatedSeconds not below 0
/// @param required whether the project fails without it
/// @param priority 1 (first) to 5; orders tasks that are ready
/// @param permissions capabilities that its tools take
public record TaskNode(
        String id,
        TaskType type,
        String description,
        List<String> dependencies,
        long estimatedTokens,
        long estimatedSeconds,
        Join join,
        Optional<When> when,
        boolean required,
        int priority,
        Set<String> permissions) {
    public TaskNode {
        dependencies = List.copyOf(dependencies);
        permissions = Set.copyOf(permissions);
    }
}
