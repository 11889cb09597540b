package dev.soma.policy.internal;

import dev.soma.events.Changes;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.Erasable;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// What auditors ask of the decision log as a whole, and what data protection asks to be taken out
/// of it.
class ComplianceRepository {
    /// Stands where the name of an erased user stood.
    static final String ERASED = "(erased)";

    private static final int MAX_ROWS = 1_000;

    private final JdbcClient jdbc;
    private final Supplier<Changes> changes;
    private final Supplier<List<Erasable>> others;

    ComplianceRepository(
            JdbcClient jdbc, Supplier<Changes> changes, Supplier<List<Erasable>> others) {
        this.jdbc = jdbc;
        this.changes = changes;
        this.others = others;
    }

    /// @param from inclusive
    /// @param to exclusive
    JsonObject report(ActorContext actor, Instant from, Instant to) {
        return JsonValue.object()
                .put("tenant", actor.tenant().value())
                .put("from", from.toString())
                .put("to", to.toString())
                .put("decisions", JsonValue.array(count("word", actor, from, to)))
                .put("actions", JsonValue.array(count("action", actor, from, to)))
                .put("rules", JsonValue.array(count("unnest(rules)", actor, from, to)))
                .put("constitutions", JsonValue.array(count("constitution_hash", actor, from, to)))
                .put("policies", JsonValue.array(count("policy_version", actor, from, to)))
                .put("approvals", JsonValue.array(approvals(actor, from, to)))
                .put("logs", JsonValue.array(logs(actor, from, to)))
                .build();
    }

    /// @param what an expression of this class over the columns of `decision`
    private List<JsonObject> count(String what, ActorContext actor, Instant from, Instant to) {
        return jdbc.sql(
                        """
                        SELECT %s AS name, count(*) FROM decision WHERE tenant = ? AND at >= ? AND at < ?
                        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %d
                        """
                                .formatted(what, MAX_ROWS))
                .param(actor.tenant().value())
                .param(utc(from))
                .param(utc(to))
                .query((row, i) -> counted(row.getString(1), row.getLong(2)))
                .list();
    }

    private List<JsonObject> approvals(ActorContext actor, Instant from, Instant to) {
        return jdbc.sql(
                        """
                        SELECT CASE WHEN state = 'OPEN' AND expires_at <= now() THEN 'EXPIRED' ELSE state END,
                            count(*) FROM approval
                        WHERE tenant = ? AND opened_at >= ? AND opened_at < ? GROUP BY 1 ORDER BY 1
                        """)
                .param(actor.tenant().value())
                .param(utc(from))
                .param(utc(to))
                .query((row, i) -> counted(row.getString(1), row.getLong(2)))
                .list();
    }

    /// Which stretch of which log proves the decisions; the ones that no log's relay has passed yet
    /// are counted under an empty name.
    private List<JsonObject> logs(ActorContext actor, Instant from, Instant to) {
        return jdbc.sql(
                        """
                        SELECT coalesce(p.log_origin, ''), count(*), coalesce(min(p.log_index), -1),
                            coalesce(max(p.log_index), -1)
                        FROM decision d LEFT JOIN decision_place p ON p.decision_id = d.id
                        WHERE d.tenant = ? AND d.at >= ? AND d.at < ? GROUP BY 1 ORDER BY 1
                        """)
                .param(actor.tenant().value())
                .param(utc(from))
                .param(utc(to))
                .query(
                        (row, i) ->
                                JsonValue.object()
                                        .put("origin", row.getString(1))
                                        .put("decisions", row.getLong(2))
                                        .put("first_index", row.getLong(3))
                                        .put("last_index", row.getLong(4))
                                        .build())
                .list();
    }

    private static JsonObject counted(String name, long count) {
        return JsonValue.object().put("name", name).put("count", count).build();
    }

    private static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }

    /// What an erasure took out.
    ///
    /// @param keys destroyed, each of which opened the inputs of a session or a day
    record Erased(int keys, int decisions) {}

    /// Destroys the keys to everything the user ever asked and takes the name out of the decision
    /// log. The audit log stays as it is: what it holds of the user are digests that nobody can
    /// connect with anybody any more.
    @Transactional
    public Erased erase(Permit permit, String user) {
        int keys =
                jdbc.sql("DELETE FROM input_key WHERE tenant = ? AND user_id = ?")
                        .param(permit.tenant().value())
                        .param(user)
                        .update();
        int decisions =
                jdbc.sql(
                                """
                                UPDATE decision SET user_id = ?, session = '', sealed_input = ''
                                WHERE tenant = ? AND user_id = ?
                                """)
                        .param(ERASED)
                        .param(permit.tenant().value())
                        .param(user)
                        .update();
        jdbc.sql("UPDATE approval SET user_id = ? WHERE tenant = ? AND user_id = ?")
                .param(ERASED)
                .param(permit.tenant().value())
                .param(user)
                .update();
        others.get().forEach(other -> other.erase(permit, user));
        changes.get().announce(Changes.Kind.POLICY, permit.tenant());
        return new Erased(keys, decisions);
    }

    /// Takes out what is older than inputs are kept.
    ///
    /// @return keys destroyed
    int expire() {
        return jdbc.sql("DELETE FROM input_key WHERE expires_at <= now()").update();
    }
}
