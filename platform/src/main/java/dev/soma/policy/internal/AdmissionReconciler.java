package dev.soma.policy.internal;

import dev.soma.audit.AuditLog;
import dev.soma.audit.AuditLog.Entry;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.TurnOutcomes;
import dev.soma.policy.TurnRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Writes the entries that a crash lost: a verdict of the former run without its admission gets the
/// one that PostgreSQL proves, and an admitted turn without its end the one that the journal tells.
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
        Map<UUID, Verdict> open = new LinkedHashMap<>();
        Map<UUID, Verdict> running = new LinkedHashMap<>();
        read(from, end, open, running);
        batches(open, batch -> settle(batch, open, running));
        batches(running, batch -> end(batch, running));
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

    private static void batches(Map<UUID, Verdict> of, Consumer<List<UUID>> work) {
        List<UUID> decisions = List.copyOf(of.keySet());
        for (int i = 0; i < decisions.size(); i += BATCH) {
            work.accept(decisions.subList(i, Math.min(decisions.size(), i + BATCH)));
        }
    }

    private record Verdict(long index, String tenant) {}

    private void read(long from, long end, Map<UUID, Verdict> open, Map<UUID, Verdict> running) {
        for (long next = from; next < end; ) {
            for (Entry entry : audit.read(next, (int) Math.min(BATCH, end - next))) {
                next = entry.index() + 1;
                note(entry, open, running);
            }
        }
    }

    private static void note(Entry entry, Map<UUID, Verdict> open, Map<UUID, Verdict> running) {
        JsonObject content = entry.content();
        switch (content.text("type").orElse("")) {
            case "verdict" ->
                    open.put(
                            TurnEntries.decision(content),
                            new Verdict(entry.index(), content.text("tenant").orElse("")));
            case "admission" -> {
                UUID decision = TurnEntries.decision(content);
                Verdict verdict = open.remove(decision);
                if (verdict != null && content.text("outcome").equals(Optional.of("admitted"))) {
                    running.put(decision, verdict);
                }
            }
            case "turn" -> running.remove(TurnEntries.decision(content));
            default -> {}
        }
    }

    private void settle(List<UUID> decisions, Map<UUID, Verdict> open, Map<UUID, Verdict> running) {
        Map<UUID, TurnOutcomes.Outcome> known = outcomes.get().of(decisions);
        for (UUID decision : decisions) {
            var outcome =
                    known.getOrDefault(
                            decision, new TurnOutcomes.Outcome(NO_TURN, "lost_before_admission"));
            Verdict verdict = verdict(decision, open);
            audit.append(
                            "admission",
                            TurnEntries.admission(
                                    decision, verdict.index(), outcome.turn(), outcome.reason()))
                    .join();
            if (outcome.reason().isEmpty()) {
                running.put(decision, verdict);
            }
        }
    }

    private static Verdict verdict(UUID decision, Map<UUID, Verdict> of) {
        return Objects.requireNonNull(of.get(decision));
    }

    /// Every turn of a former life has ended by now; one whose frames were erased stays without.
    private void end(List<UUID> decisions, Map<UUID, Verdict> running) {
        Map<UUID, TurnRecord> ended = outcomes.get().ended(decisions);
        for (UUID decision : decisions) {
            TurnRecord turn = ended.get(decision);
            if (turn != null) {
                Verdict verdict = verdict(decision, running);
                audit.append(
                                "turn",
                                TurnEntries.turn(decision, verdict.index(), verdict.tenant(), turn))
                        .join();
            }
        }
    }
}
