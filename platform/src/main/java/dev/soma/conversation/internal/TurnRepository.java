package dev.soma.conversation.internal;

import dev.soma.conversation.internal.TurnWrite.Admit;
import dev.soma.conversation.internal.TurnWrite.End;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.TurnOutcomes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The module's tables; each statement serves a whole batch.
class TurnRepository {
    private final JdbcClient jdbc;

    TurnRepository(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// A session as it stands locked.
    record SessionRow(String owner, Optional<UUID> runningTurn) {}

    /// What a node that died left running.
    record Orphan(
            UUID turn,
            UUID decision,
            String tenant,
            String session,
            String model,
            String trace,
            String constitutionHash) {}

    static String sessionKey(TurnKey key) {
        return key.actor().tenant() + "/" + key.session();
    }

    /// Locks the tenants against other admissions until the transaction ends, and counts the turns
    /// that each has running.
    ///
    /// @param tenants sorted, so that nobody waits in a ring
    Map<String, Long> countRunning(List<String> tenants) {
        String[] names = tenants.toArray(String[]::new);
        jdbc.sql(
                        """
                        SELECT pg_advisory_xact_lock(hashtextextended('turns/' || tenant, 0))
                        FROM unnest(?::text[]) WITH ORDINALITY AS listed (tenant, place) ORDER BY place
                        """)
                .param(names)
                .query(row -> {});
        Map<String, Long> running = new HashMap<>();
        jdbc.sql(
                        """
                        SELECT listed.tenant, count(turn.id) FROM unnest(?::text[]) AS listed (tenant)
                        LEFT JOIN turn ON turn.tenant = listed.tenant AND turn.state = 'RUNNING'
                        GROUP BY listed.tenant
                        """)
                .param(names)
                .query(
                        row -> {
                            running.put(row.getString(1), row.getLong(2));
                        });
        return running;
    }

    /// Makes the sessions that are new and locks them, in one order for all. A session of one turn
    /// alone is only a name and needs neither.
    Map<String, SessionRow> lockSessions(List<TurnKey> keys) {
        List<TurnKey> named =
                keys.stream()
                        .filter(key -> !key.implicit())
                        .sorted((a, b) -> sessionKey(a).compareTo(sessionKey(b)))
                        .toList();
        Map<String, SessionRow> sessions = new HashMap<>();
        if (named.isEmpty()) {
            return sessions;
        }
        String[] tenants = texts(named, key -> key.actor().tenant().value());
        String[] ids = texts(named, TurnKey::session);
        jdbc.sql(
                        """
                        INSERT INTO session (tenant, id, owner)
                        SELECT * FROM unnest(?::text[], ?::text[], ?::text[]) ON CONFLICT DO NOTHING
                        """)
                .param(tenants)
                .param(ids)
                .param(texts(named, key -> key.actor().actor().user().value()))
                .update();
        jdbc.sql(
                        """
                        SELECT tenant, id, owner, running_turn FROM session
                        WHERE (tenant, id) IN (SELECT * FROM unnest(?::text[], ?::text[]))
                        ORDER BY tenant, id FOR UPDATE
                        """)
                .param(tenants)
                .param(ids)
                .query(
                        row -> {
                            sessions.put(
                                    row.getString(1) + "/" + row.getString(2),
                                    new SessionRow(
                                            row.getString(3),
                                            Optional.ofNullable(row.getObject(4, UUID.class))));
                        });
        return sessions;
    }

    void occupy(List<Admit> admitted) {
        List<TurnKey> named =
                admitted.stream().map(Admit::key).filter(key -> !key.implicit()).toList();
        if (named.isEmpty()) {
            return;
        }
        jdbc.sql(
                        """
                        UPDATE session s SET running_turn = d.turn
                        FROM unnest(?::text[], ?::text[], ?::uuid[]) AS d (tenant, id, turn)
                        WHERE s.tenant = d.tenant AND s.id = d.id
                        """)
                .param(texts(named, key -> key.actor().tenant().value()))
                .param(texts(named, TurnKey::session))
                .param(texts(named, key -> key.turn().toString()))
                .update();
    }

    /// @param states state and reason of each turn, in the order of the keys
    void insert(List<TurnKey> keys, List<String> states, List<String> reasons, NodeLife node) {
        if (keys.isEmpty()) {
            return;
        }
        jdbc.sql(
                        """
                        INSERT INTO turn (id, tenant, session, state, reason, decision_id, model, trace, constitution_hash,
                          owner_node, owner_epoch)
                        SELECT d.*, ?, ? FROM unnest(?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::uuid[],
                          ?::text[], ?::text[], ?::text[]) AS d
                        """)
                .param(node.id())
                .param(node.epoch())
                .param(texts(keys, key -> key.turn().toString()))
                .param(texts(keys, key -> key.actor().tenant().value()))
                .param(texts(keys, TurnKey::session))
                .param(states.toArray(String[]::new))
                .param(reasons.toArray(String[]::new))
                .param(texts(keys, key -> key.decision().toString()))
                .param(texts(keys, TurnKey::model))
                .param(texts(keys, key -> key.actor().trace().header()))
                .param(texts(keys, key -> key.verdict().constitutionHash()))
                .update();
    }

    /// Waits until the transactions that inserted these turns are over, if there were any: a row of
    /// the same id cannot go in before. It does not stay.
    void awaitInDoubt(List<TurnKey> keys) {
        if (keys.isEmpty()) {
            return;
        }
        String[] turns = texts(keys, key -> key.turn().toString());
        jdbc.sql(
                        """
                        INSERT INTO turn (id, tenant, session, state, reason, decision_id, model, owner_node,
                          owner_epoch, trace, constitution_hash)
                        SELECT d.id, '', '', 'REFUSED', 'in_doubt', d.decision, '', '', 0, '', ''
                        FROM unnest(?::uuid[], ?::uuid[]) AS d (id, decision) ON CONFLICT DO NOTHING
                        """)
                .param(turns)
                .param(texts(keys, key -> key.decision().toString()))
                .update();
        jdbc.sql("DELETE FROM turn WHERE id = ANY(?::uuid[]) AND reason = 'in_doubt'")
                .param(turns)
                .update();
    }

    /// Ends turns that this life of the node still owns, and frees their sessions.
    ///
    /// @return the turns that were ended now; a missing one was taken over as an orphan
    Set<UUID> end(List<End> ends, NodeLife node) {
        Set<UUID> ended = new HashSet<>();
        jdbc.sql(
                        """
                        WITH ended AS (
                          UPDATE turn t SET state = d.state, reason = d.reason, input_tokens = d.input,
                            output_tokens = d.output, cost_micro_usd = d.cost, ended_at = now()
                          FROM unnest(?::uuid[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[])
                            AS d (id, state, reason, input, output, cost)
                          WHERE t.id = d.id AND t.state = 'RUNNING' AND t.owner_node = ? AND t.owner_epoch = ?
                          RETURNING t.id, t.tenant, t.session),
                        freed AS (
                          UPDATE session s SET running_turn = NULL FROM ended e
                          WHERE s.tenant = e.tenant AND s.id = e.session AND s.running_turn = e.id)
                        SELECT id FROM ended
                        """)
                .param(ends.stream().map(end -> end.key().turn().toString()).toArray(String[]::new))
                .param(
                        ends.stream()
                                .map(end -> end.end().failure().isEmpty() ? "COMPLETED" : "FAILED")
                                .toArray(String[]::new))
                .param(ends.stream().map(end -> end.end().failure()).toArray(String[]::new))
                .param(usage(ends, Usage::inputTokens))
                .param(usage(ends, Usage::outputTokens))
                .param(usage(ends, Usage::microUsd))
                .param(node.id())
                .param(node.epoch())
                .query(
                        row -> {
                            ended.add(row.getObject(1, UUID.class));
                        });
        return ended;
    }

    private static Long[] usage(List<End> ends, Function<Usage, Long> part) {
        return ends.stream().map(end -> end.usage().map(part).orElse(null)).toArray(Long[]::new);
    }

    private static String[] texts(List<TurnKey> keys, Function<TurnKey, String> part) {
        return keys.stream().map(part).toArray(String[]::new);
    }

    /// Begins a new life of this node.
    NodeLife enter(String id) {
        long epoch =
                jdbc.sql(
                                """
                                INSERT INTO node (id, epoch, heartbeat_at) VALUES (?, 1, clock_timestamp())
                                ON CONFLICT (id) DO UPDATE SET epoch = node.epoch + 1, heartbeat_at = clock_timestamp()
                                RETURNING epoch
                                """)
                        .param(id)
                        .query(Long.class)
                        .single();
        return new NodeLife(id, epoch);
    }

    void beat(NodeLife node) {
        jdbc.sql("UPDATE node SET heartbeat_at = clock_timestamp() WHERE id = ? AND epoch = ?")
                .param(node.id())
                .param(node.epoch())
                .update();
    }

    /// Takes over turns of dead nodes and of former lives, ended as failed, for the caller's
    /// transaction.
    List<Orphan> takeOrphans(long deadMillis, int limit) {
        return jdbc.sql(
                        """
                        WITH orphan AS (
                          SELECT t.id FROM turn t JOIN node n ON n.id = t.owner_node
                          WHERE t.state = 'RUNNING' AND (t.owner_epoch < n.epoch
                            OR n.heartbeat_at < clock_timestamp() - make_interval(secs => :seconds))
                          ORDER BY t.id LIMIT :limit FOR UPDATE OF t SKIP LOCKED),
                        ended AS (
                          UPDATE turn t SET state = 'FAILED', reason = 'owner_lost', ended_at = now() FROM orphan
                          WHERE t.id = orphan.id
                          RETURNING t.id, t.decision_id, t.tenant, t.session, t.model, t.trace, t.constitution_hash),
                        freed AS (
                          UPDATE session s SET running_turn = NULL FROM ended e
                          WHERE s.tenant = e.tenant AND s.id = e.session AND s.running_turn = e.id)
                        SELECT * FROM ended
                        """)
                .param("seconds", deadMillis / 1000.0)
                .param("limit", limit)
                .query(
                        (row, i) ->
                                new Orphan(
                                        row.getObject(1, UUID.class),
                                        row.getObject(2, UUID.class),
                                        row.getString(3),
                                        row.getString(4),
                                        row.getString(5),
                                        row.getString(6),
                                        row.getString(7)))
                .list();
    }

    /// What became of decisions.
    Map<UUID, TurnOutcomes.Outcome> outcomes(List<UUID> decisions) {
        Map<UUID, TurnOutcomes.Outcome> outcomes = new HashMap<>();
        jdbc.sql(
                        "SELECT decision_id, id, state, reason FROM turn WHERE decision_id = ANY(?::uuid[])")
                .param(decisions.stream().map(UUID::toString).toArray(String[]::new))
                .query(
                        row -> {
                            String reason =
                                    row.getString(3).equals("REFUSED") ? row.getString(4) : "";
                            outcomes.put(
                                    row.getObject(1, UUID.class),
                                    new TurnOutcomes.Outcome(row.getObject(2, UUID.class), reason));
                        });
        return outcomes;
    }
}
