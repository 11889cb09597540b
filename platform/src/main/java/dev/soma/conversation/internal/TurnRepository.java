package dev.soma.conversation.internal;

import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.internal.TurnWrite.Admit;
import dev.soma.conversation.internal.TurnWrite.Asked;
import dev.soma.conversation.internal.TurnWrite.End;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.TurnOutcomes;
import dev.soma.policy.TurnRecord;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Pipeline.Answer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The module's tables; each statement serves a whole batch.
class TurnRepository {
    private final JdbcClient jdbc;
    private final Pipeline pipeline;

    TurnRepository(JdbcClient jdbc, Pipeline pipeline) {
        this.pipeline = pipeline;
        this.jdbc = jdbc;
    }

    /// A session as it stands locked.
    ///
    /// @param head number of its last frame
    record SessionRow(String owner, Optional<UUID> runningTurn, long head, boolean ended) {}

    /// A new row.
    ///
    /// @param first number of the turn's first frame
    record Inserted(TurnKey key, String state, String reason, long first, Asked asked) {
        static Inserted refused(TurnKey key, String reason) {
            return new Inserted(key, "REFUSED", reason, 1, Asked.ALONE);
        }
    }

    /// A turn whose caller has not been told its end.
    ///
    /// @param began its first event
    /// @param first number of that event
    record Unfinished(String tenant, Began began, long first, String trace) {}

    static String sessionKey(TurnKey key) {
        return key.actor().tenant() + "/" + key.session();
    }

    /// Locks the tenants against other admissions until the transaction ends.
    ///
    /// @param tenants sorted, so that nobody waits in a ring
    void lockTenants(List<String> tenants) {
        if (tenants.isEmpty()) {
            return;
        }
        pipeline.sql(
                        """
                        SELECT pg_advisory_xact_lock(hashtextextended('turns/' || tenant, 0))
                        FROM unnest(?::text[]) WITH ORDINALITY AS listed (tenant, place) ORDER BY place
                        """)
                .param(tenants.toArray(String[]::new))
                .tell();
    }

    /// How many turns each tenant has running.
    Answer<Map<String, Long>> countRunning(List<String> tenants) {
        if (tenants.isEmpty()) {
            return Map::of;
        }
        return pipeline.sql(
                        """
                        SELECT listed.tenant, count(turn.id) FROM unnest(?::text[]) AS listed (tenant)
                        LEFT JOIN turn ON turn.tenant = listed.tenant AND turn.state = 'RUNNING'
                        GROUP BY listed.tenant
                        """)
                .param(tenants.toArray(String[]::new))
                .ask(row -> Map.entry(row.getString(1), row.getLong(2)))
                .map(TurnRepository::byKey);
    }

    /// Makes the sessions that are new and locks them, in one order for all. A session of one turn
    /// alone is only a name and needs neither.
    ///
    /// @param ending turns that leave theirs
    /// @param asking turns that want one
    void lockSessions(List<TurnKey> ending, List<TurnKey> asking) {
        makeSessions(named(asking));
        List<TurnKey> all = named(Stream.concat(ending.stream(), asking.stream()).toList());
        if (all.isEmpty()) {
            return;
        }
        pipeline.sql(
                        """
                        SELECT 1 FROM session WHERE (tenant, id) IN (SELECT * FROM unnest(?::text[], ?::text[]))
                        ORDER BY tenant, id FOR UPDATE
                        """)
                .param(texts(all, key -> key.actor().tenant().value()))
                .param(texts(all, TurnKey::session))
                .tell();
    }

    private static List<TurnKey> named(List<TurnKey> keys) {
        return keys.stream()
                .filter(key -> !key.implicit())
                .sorted(Comparator.comparing(TurnRepository::sessionKey))
                .toList();
    }

    private void makeSessions(List<TurnKey> named) {
        if (named.isEmpty()) {
            return;
        }
        pipeline.sql(
                        """
                        INSERT INTO session (tenant, id, owner)
                        SELECT * FROM unnest(?::text[], ?::text[], ?::text[]) ON CONFLICT DO NOTHING
                        """)
                .param(texts(named, key -> key.actor().tenant().value()))
                .param(texts(named, TurnKey::session))
                .param(texts(named, key -> key.actor().actor().user().value()))
                .tell();
    }

    /// The sessions of turns, as they stand now.
    Answer<Map<String, SessionRow>> sessions(List<TurnKey> keys) {
        List<TurnKey> named = named(keys);
        if (named.isEmpty()) {
            return Map::of;
        }
        return pipeline.sql(
                        """
                        SELECT tenant, id, owner, running_turn, head_seq, state FROM session
                        WHERE (tenant, id) IN (SELECT * FROM unnest(?::text[], ?::text[]))
                        """)
                .param(texts(named, key -> key.actor().tenant().value()))
                .param(texts(named, TurnKey::session))
                .ask(
                        row ->
                                Map.entry(
                                        row.getString(1) + "/" + row.getString(2),
                                        new SessionRow(
                                                row.getString(3),
                                                Optional.ofNullable(row.getObject(4, UUID.class)),
                                                row.getLong(5),
                                                row.getString(6).equals("ENDED"))))
                .map(TurnRepository::byKey);
    }

    private static <V> Map<String, V> byKey(List<Map.Entry<String, V>> rows) {
        return rows.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    void occupy(List<Admit> admitted) {
        List<TurnKey> named =
                admitted.stream().map(Admit::key).filter(key -> !key.implicit()).toList();
        if (named.isEmpty()) {
            return;
        }
        pipeline.sql(
                        """
                        UPDATE session s SET running_turn = d.turn, used_at = now()
                        FROM unnest(?::text[], ?::text[], ?::uuid[]) AS d (tenant, id, turn)
                        WHERE s.tenant = d.tenant AND s.id = d.id
                        """)
                .param(texts(named, key -> key.actor().tenant().value()))
                .param(texts(named, TurnKey::session))
                .param(texts(named, key -> key.turn().toString()))
                .tell();
    }

    void insert(List<Inserted> rows, NodeLife node) {
        if (rows.isEmpty()) {
            return;
        }
        List<TurnKey> keys = rows.stream().map(Inserted::key).toList();
        pipeline.sql(
                        """
                        INSERT INTO turn (id, tenant, session, state, reason, decision_id, model, trace, constitution_hash,
                          owner, score, first_seq, input, after_turn, owner_node, owner_epoch)
                        SELECT d.*, ?, ? FROM unnest(?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::uuid[],
                          ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bytea[], ?::uuid[]) AS d
                        """)
                .param(node.id())
                .param(node.epoch())
                .param(texts(keys, key -> key.turn().toString()))
                .param(texts(keys, key -> key.actor().tenant().value()))
                .param(texts(keys, TurnKey::session))
                .param(rows.stream().map(Inserted::state).toArray(String[]::new))
                .param(rows.stream().map(Inserted::reason).toArray(String[]::new))
                .param(texts(keys, key -> key.decision().toString()))
                .param(texts(keys, TurnKey::model))
                .param(texts(keys, key -> key.actor().trace().header()))
                .param(texts(keys, key -> key.verdict().constitutionHash()))
                .param(texts(keys, key -> key.actor().actor().user().value()))
                .param(texts(keys, key -> key.verdict().score()))
                .param(rows.stream().map(Inserted::first).toArray(Long[]::new))
                .param(
                        rows.stream()
                                .map(row -> row.asked().input().orElse(null))
                                .toArray(byte[][]::new))
                .param(
                        rows.stream()
                                .map(row -> row.asked().after().map(UUID::toString).orElse(null))
                                .toArray(String[]::new))
                .tell();
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
    Answer<Set<UUID>> end(List<End> ends, NodeLife node) {
        if (ends.isEmpty()) {
            return Set::of;
        }
        return pipeline.sql(
                        """
                        WITH ended AS (
                          UPDATE turn t SET state = d.state, reason = d.reason, in_history = d.in_history,
                            input_tokens = d.input, output_tokens = d.output, cost_micro_usd = d.cost, ended_at = now()
                          FROM unnest(?::uuid[], ?::text[], ?::text[], ?::boolean[], ?::bigint[], ?::bigint[], ?::bigint[],
                            ?::bigint[]) AS d (id, state, reason, in_history, input, output, cost, last_seq)
                          WHERE t.id = d.id AND t.state = 'RUNNING' AND t.owner_node = ? AND t.owner_epoch = ?
                          RETURNING t.id, t.tenant, t.session, d.last_seq),
                        freed AS (
                          UPDATE session s SET running_turn = NULL, head_seq = greatest(s.head_seq, e.last_seq), used_at = now() FROM ended e
                          WHERE s.tenant = e.tenant AND s.id = e.session AND s.running_turn = e.id)
                        SELECT id FROM ended
                        """)
                .param(ends.stream().map(end -> end.key().turn().toString()).toArray(String[]::new))
                .param(ends.stream().map(end -> end.end().state().name()).toArray(String[]::new))
                .param(ends.stream().map(end -> end.end().failure()).toArray(String[]::new))
                .param(ends.stream().map(end -> end.end().inHistory()).toArray(Boolean[]::new))
                .param(usage(ends, Usage::inputTokens))
                .param(usage(ends, Usage::outputTokens))
                .param(usage(ends, Usage::microUsd))
                .param(ends.stream().map(end -> end.frames().last()).toArray(Long[]::new))
                .param(node.id())
                .param(node.epoch())
                .ask(row -> row.getObject(1, UUID.class))
                .map(Set::copyOf);
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
    List<Unfinished> takeOrphans(long deadMillis, int limit) {
        return jdbc.sql(
                        """
                        WITH orphan AS (
                          SELECT t.id FROM turn t JOIN node n ON n.id = t.owner_node
                          WHERE t.state = 'RUNNING' AND (t.owner_epoch < n.epoch
                            OR n.heartbeat_at < clock_timestamp() - make_interval(secs => :seconds))
                          ORDER BY t.id LIMIT :limit FOR UPDATE OF t SKIP LOCKED)
                        UPDATE turn t SET state = 'FAILED', reason = 'owner_lost', ended_at = now() FROM orphan
                        WHERE t.id = orphan.id
                        RETURNING t.tenant, t.id, t.session, t.decision_id, t.constitution_hash, t.score, t.model,
                          extract(epoch FROM t.started_at)::bigint, t.first_seq, t.trace,
                          replace(gen_random_uuid()::text, '-', '')
                        """)
                .param("seconds", deadMillis / 1000.0)
                .param("limit", limit)
                .query((row, i) -> unfinished(row))
                .list();
    }

    List<Unfinished> unfinished(List<UUID> turns) {
        if (turns.isEmpty()) {
            return List.of();
        }
        return jdbc.sql(
                        """
                        SELECT tenant, id, session, decision_id, constitution_hash, score, model,
                          extract(epoch FROM started_at)::bigint, first_seq, trace,
                          replace(gen_random_uuid()::text, '-', '')
                        FROM turn WHERE id = ANY(?::uuid[])
                        """)
                .param(turns.stream().map(UUID::toString).toArray(String[]::new))
                .query((row, i) -> unfinished(row))
                .list();
    }

    private static Unfinished unfinished(ResultSet row) throws SQLException {
        Began began =
                new Began(
                        row.getObject(2, UUID.class),
                        row.getString(3),
                        row.getObject(4, UUID.class),
                        row.getString(5),
                        row.getString(6),
                        row.getString(7),
                        row.getLong(8),
                        row.getString(11),
                        Optional.empty());
        return new Unfinished(row.getString(1), began, row.getLong(9), row.getString(10));
    }

    /// Frees the sessions of turns that were ended for others, at their last numbers.
    void free(List<Unfinished> turns, List<Long> last) {
        jdbc.sql(
                        """
                        UPDATE session s SET running_turn = NULL, head_seq = greatest(s.head_seq, d.last_seq)
                        FROM unnest(?::text[], ?::text[], ?::uuid[], ?::bigint[]) AS d (tenant, id, turn, last_seq)
                        WHERE s.tenant = d.tenant AND s.id = d.id
                          AND (s.running_turn = d.turn OR s.running_turn IS NULL)
                        """)
                .param(turns.stream().map(Unfinished::tenant).toArray(String[]::new))
                .param(turns.stream().map(turn -> turn.began().session()).toArray(String[]::new))
                .param(
                        turns.stream()
                                .map(turn -> turn.began().turn().toString())
                                .toArray(String[]::new))
                .param(last.toArray(Long[]::new))
                .update();
    }

    /// Those turns of these decisions that were admitted and have ended.
    List<PastTurns.Ended> ended(List<UUID> decisions) {
        return jdbc.sql(
                        """
                        SELECT decision_id, id, tenant, session, lower(state), reason,
                          input_tokens, output_tokens, cost_micro_usd
                        FROM turn WHERE decision_id = ANY(?::uuid[]) AND state NOT IN ('REFUSED', 'RUNNING')
                        """)
                .param(decisions.stream().map(UUID::toString).toArray(String[]::new))
                .query((row, i) -> past(row))
                .list();
    }

    private static PastTurns.Ended past(ResultSet row) throws SQLException {
        long input = row.getLong(7);
        Optional<TurnRecord.Used> used =
                row.wasNull()
                        ? Optional.empty()
                        : Optional.of(new TurnRecord.Used(input, row.getLong(8), row.getLong(9)));
        String state = row.getString(5);
        return new PastTurns.Ended(
                row.getObject(1, UUID.class),
                row.getObject(2, UUID.class),
                new JournalRepository.Place(row.getString(3), row.getString(4)),
                state,
                state.equals("stopped") ? "" : row.getString(6),
                used);
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
