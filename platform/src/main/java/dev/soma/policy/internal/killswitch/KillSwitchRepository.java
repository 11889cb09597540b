package dev.soma.policy.internal.killswitch;

import dev.soma.kernel.Permit;
import dev.soma.policy.KillScope;
import dev.soma.policy.internal.killswitch.KillSwitch.LiftRequest;
import dev.soma.policy.internal.killswitch.KillSwitch.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The switches in PostgreSQL.
class KillSwitchRepository {
    private static final String COLUMNS =
            "scope, target, tenant, state, reason, actor, decision_id, at, lift_actor, lift_reason, lift_requested_at";

    private final JdbcClient jdbc;

    KillSwitchRepository(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    List<KillSwitch> inForce() {
        return jdbc.sql("SELECT " + COLUMNS + " FROM kill_switch WHERE state <> 'LIFTED'")
                .query((row, i) -> read(row))
                .list();
    }

    /// Makes other changes wait until the caller's transaction ends; readers never do.
    void lock() {
        jdbc.sql("LOCK TABLE kill_switch IN SHARE ROW EXCLUSIVE MODE").update();
    }

    /// The database's clock, by which all nodes agree when a request has expired.
    Instant now() {
        return jdbc.sql("SELECT clock_timestamp()").query(Timestamp.class).single().toInstant();
    }

    Optional<KillSwitch> find(KillSwitch.Key key) {
        return jdbc.sql(
                        "SELECT "
                                + COLUMNS
                                + " FROM kill_switch WHERE tenant = ? AND scope = ? AND target = ?")
                .param(key.tenant())
                .param(key.scope().name())
                .param(key.target())
                .query((row, i) -> read(row))
                .optional();
    }

    /// Writes the state of a switch, for the tenant of the key, which the caller has checked
    /// against the permit.
    void save(Permit permit, KillSwitch next) {
        jdbc.sql(
                        """
                        INSERT INTO kill_switch (scope, target, tenant, state, reason, actor, decision_id, at,
                            lift_actor, lift_reason, lift_requested_at)
                        VALUES (:scope, :target, :tenant, :state, :reason, :actor, :decision, :at,
                            :liftActor, :liftReason, :liftAt)
                        ON CONFLICT (tenant, scope, target) DO UPDATE SET state = excluded.state,
                            reason = excluded.reason, actor = excluded.actor, at = excluded.at,
                            decision_id = excluded.decision_id, lift_actor = excluded.lift_actor,
                            lift_reason = excluded.lift_reason,
                            lift_requested_at = excluded.lift_requested_at
                        """)
                .param("scope", next.key().scope().name())
                .param("target", next.key().target())
                .param("tenant", next.key().tenant())
                .param("state", next.state().name())
                .param("reason", next.reason())
                .param("actor", next.actor())
                .param("decision", permit.decisionId())
                .param("at", Timestamp.from(next.at()))
                .param("liftActor", next.lift().map(LiftRequest::actor).orElse(""))
                .param("liftReason", next.lift().map(LiftRequest::reason).orElse(""))
                .param("liftAt", liftAt(next), java.sql.Types.TIMESTAMP_WITH_TIMEZONE)
                .update();
    }

    private static @Nullable OffsetDateTime liftAt(KillSwitch next) {
        return next.lift().map(lift -> lift.at().atOffset(ZoneOffset.UTC)).orElse(null);
    }

    /// Forgets the tenant's oldest lifted switches beyond the limit less one; the audit log keeps
    /// their acts.
    ///
    /// @return whether there is room for one more
    boolean makeRoom(Permit permit, String tenant, int limit) {
        jdbc.sql(
                        """
                        DELETE FROM kill_switch k USING (
                            SELECT tenant, scope, target FROM kill_switch
                            WHERE tenant = :tenant AND state = 'LIFTED' ORDER BY at
                            LIMIT greatest(0, (SELECT count(*) FROM kill_switch WHERE tenant = :tenant)
                                - :limit + 1)) AS oldest
                        WHERE (k.tenant, k.scope, k.target) = (oldest.tenant, oldest.scope, oldest.target)
                        """)
                .param("tenant", tenant)
                .param("limit", limit)
                .update();
        return jdbc.sql("SELECT count(*) < :limit FROM kill_switch WHERE tenant = :tenant")
                .param("tenant", tenant)
                .param("limit", limit)
                .query(Boolean.class)
                .single();
    }

    private static KillSwitch read(ResultSet row) throws SQLException {
        Timestamp lift = row.getTimestamp("lift_requested_at");
        return new KillSwitch(
                new KillSwitch.Key(
                        KillScope.valueOf(row.getString("scope")),
                        row.getString("target"),
                        row.getString("tenant")),
                State.valueOf(row.getString("state")),
                row.getString("reason"),
                row.getString("actor"),
                row.getObject("decision_id", UUID.class),
                row.getTimestamp("at").toInstant(),
                lift == null
                        ? Optional.empty()
                        : Optional.of(
                                new LiftRequest(
                                        row.getString("lift_actor"),
                                        row.getString("lift_reason"),
                                        lift.toInstant())));
    }
}
