package dev.soma.policy.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.OutputGuard;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import java.util.UUID;

/// What the audit log says of turns after their verdicts.
final class TurnEntries {
    private TurnEntries() {}

    /// @param reason empty when the turn was admitted
    static JsonObject admission(UUID decision, long verdictIndex, UUID turn, String reason) {
        var entry =
                JsonValue.object()
                        .put("decision_id", decision.toString())
                        .put("verdict_index", verdictIndex)
                        .put("turn_id", turn.toString())
                        .put("outcome", reason.isEmpty() ? "admitted" : "not_admitted");
        if (!reason.isEmpty()) {
            entry.put("reason", reason);
        }
        return entry.build();
    }

    static JsonObject cut(RecordedDecision decision, UUID turn, OutputGuard.Breach breach) {
        return JsonValue.object()
                .put("decision_id", decision.id().toString())
                .put("verdict_index", decision.logIndex())
                .put("turn_id", turn.toString())
                .put("rule", breach.rule())
                .put("article", breach.article())
                .build();
    }
}
