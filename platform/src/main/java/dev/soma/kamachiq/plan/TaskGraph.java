package dev.soma.kamachiq.plan;

import java.util.List;

/// A plan as it was proposed; [PlanCheck] says whether it holds.
///
/// @param budgetTokens of the whole project, not below 0
/// @param timeoutMinutes above 0
/// @param qualityThreshold in basis points, 0 to 10000; a score has to be above it
public record TaskGraph(
        List<TaskNode> nodes, long budgetTokens, long timeoutMinutes, int qualityThreshold) {
    public TaskGraph {
        nodes = List.copyOf(nodes);
    }
}
