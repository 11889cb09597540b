package dev.soma.policy.internal;

import dev.soma.audit.AuditLog;
import dev.soma.audit.AuditLog.Entry;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.TurnOutcomes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Writes the admission entries that a crash lost: a verdict of the former run without its second
/// entry gets the one
/// that PostgreSQL proves.
class AdmissionReconciler {
    private static final Logger log = LoggerFactory.getLogger(AdmissionReconciler.class);
    private static final int BATCH = 1_024;
    private static final UUID NO_TURN = new UUID(0, 0);

    private final AuditLog audit;
    private final JdbcClient jdbc;
    private final Supplier<TurnOutcomes> outcomes;

    AdmissionReconciler(AuditLog audit, JdbcClient jdbc, Supplier<TurnOutcomes> outcomes) {
        this.audit = audit;
        this.jdbc = jdbc;
        this.outcomes = outcomes;
    }

    /// Runs once at start, before this node admits anything.
    void run() {
        long from =
                jdbc.sql("SELECT next_index FROM admission_cursor WHERE origin = ?")
                        .param(audit.origin())
                        .query(Long.class)
                        .optional()
                        .orElse(0L);
        long end = audit.size();
        Map<UUID, Long> open = openVerdicts(from, end);
        List<UUID> decisions = List.copyOf(open.keySet());
        for (int i = 0; i < decisions.size(); i += BATCH) {
            settle(decisions.subList(i, Math.min(decisions.size(), i + BATCH)), open);
        }
        if (!open.isEmpty()) {
            log.atInfo()
                    .addKeyValue("verdicts", open.size())
                    .log("verdicts that a crash left without their admission were settled");
        }
        jdbc.sql(
                        "INSERT INTO admission_cursor VALUES (?, ?) ON CONFLICT (origin) DO UPDATE SET next_index = excluded.next_index")
                .param(audit.origin())
                .param(end)
                .update();
    }

    private Map<UUID, Long> openVerdicts(long from, long end) {
        Map<UUID, Long> open = new LinkedHashMap<>();
        for (long next = from; next < end; ) {
            for (Entry entry : audit.read(next, (int) Math.min(BATCH, end - next))) {
                next = entry.index() + 1;
                note(entry, open);
            }
        }
        return open;
    }

    private static void note(Entry entry, Map<UUID, Long> open) {
        try {
            JsonObject content = StrictJson.parseObject(entry.bytes());
            String type = content.text("type").orElse("");
            if (type.equals("verdict")) {
                open.put(UUID.fromString(content.text("decision_id").orElse("")), entry.index());
            } else if (type.equals("admission")) {
                open.remove(UUID.fromString(content.text("decision_id").orElse("")));
            }
        } catch (MalformedJson e) {
            throw new IllegalStateException("the audit log holds an entry that is not JSON", e);
        }
    }

    private void settle(List<UUID> decisions, Map<UUID, Long> open) {
        Map<UUID, TurnOutcomes.Outcome> known = outcomes.get().of(decisions);
        for (UUID decision : decisions) {
            var outcome =
                    known.getOrDefault(
                            decision, new TurnOutcomes.Outcome(NO_TURN, "lost_before_admission"));
            long index = open.getOrDefault(decision, -1L);
            audit.append(
                            "admission",
                            TurnEntries.admission(
                                    decision, index, outcome.turn(), outcome.reason()))
                    .join();
        }
    }
}
