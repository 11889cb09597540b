package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.policy.Approvals;
import dev.soma.policy.DecisionRow;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.Verdict;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// Approvals in PostgreSQL. One that is not decided in time is denied.
class PostgresApprovals implements Approvals {
    private final JdbcClient jdbc;
    private final int seconds;

    /// @param seconds for which an approval stays open, and then usable
    PostgresApprovals(JdbcClient jdbc, int seconds) {
        this.jdbc = jdbc;
        this.seconds = seconds;
    }

    /// What waits for a person, or waited.
    record Waiting(
            UUID id,
            String user,
            Instant openedAt,
            Instant expiresAt,
            String state,
            Optional<String> decidedBy) {}

    /// What came of deciding.
    enum Outcome {
        DECIDED,
        UNKNOWN,
        OWN,
        OVER
    }

    void open(List<DecisionRow> rows) {
        for (DecisionRow row : rows) {
            if (row.verdict().word() == Verdict.Word.REVIEW) {
                jdbc.sql(
                                """
                                INSERT INTO approval (id, tenant, user_id, request_digest, expires_at)
                                VALUES (?, ?, ?, ?, now() + ? * interval '1 second')
                                """)
                        .param(row.id())
                        .param(row.actor().tenant().value())
                        .param(row.actor().actor().user().value())
                        .param(row.input().requestDigest())
                        .param(seconds)
                        .update();
            }
        }
    }

    /// Whether a person has approved the very request and the approval still serves.
    boolean isUsable(ActorContext actor, Judged judged, UUID approval) {
        return jdbc.sql(
                        """
                        SELECT EXISTS (SELECT 1 FROM approval WHERE id = ? AND tenant = ? AND user_id = ?
                            AND request_digest = ? AND state = 'APPROVED' AND expires_at > now()
                            AND used_by IS NULL)
                        """)
                .param(approval)
                .param(actor.tenant().value())
                .param(actor.actor().user().value())
                .param(judged.input().requestDigest())
                .query(Boolean.class)
                .single();
    }

    @Override
    public Set<UUID> use(List<DecisionRow> rows) {
        Set<UUID> used = new HashSet<>();
        List<DecisionRow> resting =
                rows.stream()
                        .filter(row -> row.verdict().approval().isPresent())
                        .sorted(
                                (a, b) ->
                                        a.verdict()
                                                .approval()
                                                .get()
                                                .compareTo(b.verdict().approval().get()))
                        .toList();
        for (DecisionRow row : resting) {
            int updated =
                    jdbc.sql(
                                    """
                                    UPDATE approval SET used_by = ? WHERE id = ? AND tenant = ?
                                        AND state = 'APPROVED' AND expires_at > now() AND used_by IS NULL
                                    """)
                            .param(row.id())
                            .param(row.verdict().approval().orElseThrow())
                            .param(row.actor().tenant().value())
                            .update();
            if (updated == 1) {
                used.add(row.id());
            }
        }
        return used;
    }

    @Override
    public Optional<Standing> standing(TenantId tenant, UUID approval) {
        return jdbc.sql(
                        """
                        SELECT CASE WHEN expires_at <= now() THEN 'EXPIRED' ELSE state END, expires_at
                        FROM approval WHERE id = ? AND tenant = ?
                        """)
                .param(approval)
                .param(tenant.value())
                .query(
                        (row, i) ->
                                new Standing(
                                        State.valueOf(row.getString(1)),
                                        row.getTimestamp(2).toInstant()))
                .optional();
    }

    @Override
    public void giveBack(List<UUID> decisions) {
        if (!decisions.isEmpty()) {
            jdbc.sql("UPDATE approval SET used_by = NULL WHERE used_by = ANY (?)")
                    .param(decisions.toArray(UUID[]::new))
                    .update();
        }
    }

    List<Waiting> waiting(ActorContext actor) {
        return jdbc.sql(
                        """
                        SELECT id, user_id, opened_at, expires_at, state, decided_by FROM approval
                        WHERE tenant = ? AND state = 'OPEN' AND expires_at > now()
                        ORDER BY id LIMIT 1000
                        """)
                .param(actor.tenant().value())
                .query(
                        (row, i) ->
                                new Waiting(
                                        row.getObject(1, UUID.class),
                                        row.getString(2),
                                        row.getTimestamp(3).toInstant(),
                                        row.getTimestamp(4).toInstant(),
                                        row.getString(5),
                                        Optional.ofNullable(row.getString(6))))
                .list();
    }

    /// Decides an open one. Nobody decides on their own request, whatever key they use.
    @Transactional
    public Outcome decide(
            Permit permit, ActorContext actor, UUID id, boolean approve, String comment) {
        Optional<Waiting> waiting =
                jdbc.sql(
                                """
                                SELECT id, user_id, opened_at, expires_at,
                                    CASE WHEN expires_at <= now() THEN 'EXPIRED' ELSE state END, decided_by
                                FROM approval WHERE id = ? AND tenant = ? FOR UPDATE
                                """)
                        .param(id)
                        .param(permit.tenant().value())
                        .query(
                                (row, i) ->
                                        new Waiting(
                                                row.getObject(1, UUID.class),
                                                row.getString(2),
                                                row.getTimestamp(3).toInstant(),
                                                row.getTimestamp(4).toInstant(),
                                                row.getString(5),
                                                Optional.ofNullable(row.getString(6))))
                        .optional();
        if (waiting.isEmpty()) {
            return Outcome.UNKNOWN;
        }
        boolean own =
                actor.actor().tenant().equals(permit.tenant())
                        && waiting.get().user().equals(actor.actor().user().value());
        if (own) {
            return Outcome.OWN;
        }
        if (!waiting.get().state().equals("OPEN")) {
            return Outcome.OVER;
        }
        jdbc.sql(
                        """
                        UPDATE approval SET state = ?, decided_by = ?, comment = ?, decided_at = now(),
                            decision_id = ?, expires_at = now() + ? * interval '1 second'
                        WHERE id = ?
                        """)
                .param(approve ? "APPROVED" : "DENIED")
                .param(actor.actor().tenant() + "/" + actor.actor().user())
                .param(comment)
                .param(permit.decisionId())
                .param(seconds)
                .param(id)
                .update();
        return Outcome.DECIDED;
    }
}
