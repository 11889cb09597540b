package dev.soma.policy.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.OutputGuard;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.TurnRecord;
import java.util.UUID;

/// What the audit log says of turns, from their verdicts on.
final class TurnEntries {
    private TurnEntries() {}

    /// Which decision an entry is about.
    static UUID decision(JsonObject entry) {
        return UUID.fromString(entry.text("decision_id").orElse(""));
    }

    static JsonObject admission(RecordedDecision decision, UUID turn, String reason) {
        return admission(decision.id(), decision.logIndex(), turn, reason);
    }

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

    static JsonObject turn(RecordedDecision decision, TurnRecord turn) {
        String tenant = decision.permit().tenant().value();
        return turn(decision.id(), decision.logIndex(), tenant, turn);
    }

    static JsonObject turn(UUID decision, long verdictIndex, String tenant, TurnRecord turn) {
        var entry =
                JsonValue.object()
                        .put("decision_id", decision.toString())
                        .put("verdict_index", verdictIndex)
                        .put("tenant", tenant)
                        .put("turn_id", turn.turn().toString())
                        .put("state", turn.state())
                        .put("reason", turn.reason())
                        .put("first_seq", turn.firstSeq())
                        .put("last_seq", turn.lastSeq())
                        .put("journal_sha256", turn.journalSha256());
        turn.used()
                .ifPresent(
                        used ->
                                entry.put("input_tokens", used.inputTokens())
                                        .put("output_tokens", used.outputTokens())
                                        .put("cost_micro_usd", used.microUsd()));
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
