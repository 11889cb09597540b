package dev.soma.policy;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Tells what became of decisions, for the reconciliation at start. Implemented by the module that
/// admits turns.
public interface TurnOutcomes {
    /// For each decision that led to a turn or a recorded refusal: the turn and, if it was not
    /// admitted, why not.
    Map<UUID, Outcome> of(List<UUID> decisions);

    /// Of the turns of these decisions: how those ended whose frames are still there.
    Map<UUID, TurnRecord> ended(List<UUID> decisions);

    record Outcome(UUID turn, String reason) {}
}
