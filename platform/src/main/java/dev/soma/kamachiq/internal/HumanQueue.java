package dev.soma.kamachiq.internal;

import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What waits for people, by what the projects have told. Thread-safe.
class HumanQueue {
    /// How long somebody has what they look at for themselves.
    static final Duration LEASE = Duration.ofMinutes(30);

    /// The last word on each task, and on each project as a whole, of those under way; who waits
    /// has
    /// told so last.
    private static final String LAST =
            """
            SELECT DISTINCT ON (h.tenant, h.project, h.task)
                   h.tenant, h.project, h.task, h.seq, h.kind, h.facts, h.at, p.title, p.submitter
            FROM kq_happening h JOIN kq_project p ON p.tenant = h.tenant AND p.id = h.project
            WHERE p.verdict IS NULL AND h.kind IN ('WAITS', 'PERSON', 'EXPIRED')
            ORDER BY h.tenant, h.project, h.task, h.seq DESC
            """;

    private final JdbcClient jdbc;

    HumanQueue(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// How many tasks and projects wait, of all tenants.
    long depth() {
        return jdbc.sql("SELECT count(*) FROM (%s) last WHERE kind = 'WAITS'".formatted(LAST))
                .query(Long.class)
                .single();
    }

    /// What waits in a tenant, longest first.
    List<JsonObject> waiting(TenantId tenant, int limit) {
        return jdbc.sql(
                        """
                        SELECT w.project, w.task, w.facts::jsonb ->> 'why', w.at, w.title, w.submitter,
                               c.by, c.until
                        FROM (%s) w
                        LEFT JOIN kq_claim c ON c.tenant = w.tenant AND c.project = w.project
                          AND c.task = w.task AND c.seq = w.seq AND c.until > now()
                        WHERE w.kind = 'WAITS' AND w.tenant = ? ORDER BY w.at, w.project, w.task LIMIT ?
                        """
                                .formatted(LAST))
                .param(tenant.value())
                .param(limit)
                .query(
                        (row, i) -> {
                            var item =
                                    JsonValue.object()
                                            .put("project", row.getString(1))
                                            .put("task", row.getString(2))
                                            .put(
                                                    "why",
                                                    Optional.ofNullable(row.getString(3))
                                                            .orElse(""))
                                            .put(
                                                    "since",
                                                    row.getTimestamp(4).toInstant().toString())
                                            .put("title", row.getString(5))
                                            .put("submitter", row.getString(6));
                            if (row.getString(7) != null) {
                                item.put("claimed_by", row.getString(7))
                                        .put(
                                                "claimed_until",
                                                row.getTimestamp(8).toInstant().toString());
                            }
                            return item.build();
                        })
                .list();
    }

    /// Gives somebody what waits, for a while; who has it may have it for longer.
    ///
    /// @return until when
    /// @throws ProblemException `not_found` when it does not wait, `conflict` while somebody else
    /// has it
    Instant claim(TenantId tenant, String project, String task, String by) {
        long seq =
                jdbc.sql(
                                """
                                SELECT seq FROM (%s) w
                                WHERE kind = 'WAITS' AND tenant = ? AND project = ? AND task = ?
                                """
                                        .formatted(LAST))
                        .param(tenant.value())
                        .param(project)
                        .param(task)
                        .query(Long.class)
                        .optional()
                        .orElseThrow(
                                () -> ProjectDesk.missing("Nothing of this waits for anybody."));
        return jdbc.sql(
                        """
                        INSERT INTO kq_claim AS c (tenant, project, task, seq, by, until)
                        VALUES (:tenant, :project, :task, :seq, :by, now() + make_interval(secs => :lease))
                        ON CONFLICT (tenant, project, task) DO UPDATE
                          SET seq = excluded.seq, by = excluded.by, until = excluded.until
                          WHERE c.by = excluded.by OR c.until <= now() OR c.seq <> excluded.seq
                        RETURNING until
                        """)
                .param("tenant", tenant.value())
                .param("project", project)
                .param("task", task)
                .param("seq", seq)
                .param("by", by)
                .param("lease", (double) LEASE.toSeconds())
                .query((row, i) -> row.getTimestamp(1).toInstant())
                .optional()
                .orElseThrow(HumanQueue::taken);
    }

    /// @throws ProblemException `conflict` while somebody else has what waits
    void requireUnclaimed(TenantId tenant, String project, String task, String by) {
        boolean taken =
                jdbc.sql(
                                """
                                SELECT EXISTS (
                                  SELECT 1 FROM kq_claim c
                                  WHERE tenant = ? AND project = ? AND task = ? AND by <> ? AND until > now()
                                    AND seq = (SELECT max(seq) FROM kq_happening h
                                               WHERE h.tenant = c.tenant AND h.project = c.project
                                                 AND h.task = c.task AND h.kind = 'WAITS'))
                                """)
                        .param(tenant.value())
                        .param(project)
                        .param(task)
                        .param(by)
                        .query(Boolean.class)
                        .single();
        if (taken) {
            throw taken();
        }
    }

    private static ProblemException taken() {
        return Reply.refuse(ProblemKind.CONFLICT, "Somebody else is looking at it.");
    }
}
