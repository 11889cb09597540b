package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Violation;
import dev.soma.policy.DecisionLog;
import dev.soma.policy.DecisionRow;
import dev.soma.policy.internal.InputVault.Sealed;
import dev.soma.runtime.Pipeline;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Decisions in PostgreSQL.
class DecisionRepository implements DecisionLog {
    private final JdbcClient jdbc;
    private final Pipeline pipeline;
    private final InputVault vault;
    private final PostgresApprovals approvals;

    DecisionRepository(
            JdbcClient jdbc, Pipeline pipeline, InputVault vault, PostgresApprovals approvals) {
        this.approvals = approvals;
        this.jdbc = jdbc;
        this.pipeline = pipeline;
        this.vault = vault;
    }

    /// A decision as it is listed.
    ///
    /// @param logIndex empty until the log's relay has passed it
    record Listed(
            UUID id,
            String user,
            Instant at,
            Asked asked,
            Answered answered,
            String logOrigin,
            OptionalLong logIndex) {}

    record Asked(String action, String resource, String session) {}

    record Answered(
            String word,
            long scoreMicro,
            List<String> rules,
            String constitutionHash,
            String policyVersion) {}

    /// What is searched for; an empty part matches everything.
    ///
    /// @param before only decisions older than this one
    record Search(
            Optional<String> word,
            Optional<String> rule,
            Optional<String> user,
            Optional<String> action,
            Optional<Instant> from,
            Optional<Instant> to,
            Optional<UUID> before) {}

    @Override
    public void insert(List<DecisionRow> rows) {
        if (rows.isEmpty()) {
            return;
        }
        approvals.open(rows);
        List<Sealed> sealed = vault.seal(rows);
        pipeline.sql(
                        """
                        INSERT INTO decision (id, tenant, user_id, at, action, resource, session, word,
                            score_micro, rules, constitution_hash, policy_version, input_key, sealed_input)
                        SELECT id, tenant, user_id, at, action, resource, session, word, score_micro,
                            CASE WHEN rules = '' THEN '{}' ELSE string_to_array(rules, E'\\x1f') END,
                            constitution_hash, policy_version, input_key, sealed_input
                        FROM unnest(?::uuid[], ?::text[], ?::text[], ?::timestamptz[], ?::text[], ?::text[],
                            ?::text[], ?::text[], ?::int[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bytea[])
                          AS new (id, tenant, user_id, at, action, resource, session, word, score_micro,
                            rules, constitution_hash, policy_version, input_key, sealed_input)
                        """)
                .param(array(rows, DecisionRow::id, UUID[]::new))
                .param(array(rows, row -> row.actor().tenant().value(), String[]::new))
                .param(array(rows, row -> row.actor().actor().user().value(), String[]::new))
                .param(array(rows, row -> row.at().toString(), String[]::new))
                .param(array(rows, row -> row.input().action(), String[]::new))
                .param(array(rows, row -> row.input().resource(), String[]::new))
                .param(array(rows, row -> row.input().session(), String[]::new))
                .param(array(rows, row -> row.verdict().word().wireName(), String[]::new))
                .param(array(rows, row -> (int) row.verdict().scoreMicro(), Integer[]::new))
                .param(array(rows, DecisionRepository::rules, String[]::new))
                .param(array(rows, row -> row.verdict().constitutionHash(), String[]::new))
                .param(array(rows, row -> row.verdict().policyVersion(), String[]::new))
                .param(array(sealed, Sealed::key, Long[]::new))
                .param(array(sealed, Sealed::bytes, byte[][]::new))
                .tell();
    }

    private static <T, R> R[] array(List<T> items, Function<T, R> part, IntFunction<R[]> make) {
        return items.stream().map(part).toArray(make);
    }

    /// Names of rules hold no control characters, so one can part them.
    private static String rules(DecisionRow row) {
        return row.verdict().violations().stream()
                .map(Violation::rule)
                .collect(Collectors.joining("\u001f"));
    }

    private static final String COLUMNS =
            """
            SELECT d.id, d.user_id, d.at, d.action, d.resource, d.session, d.word, d.score_micro, d.rules,
                   d.constitution_hash, d.policy_version, p.log_origin, p.log_index
            FROM decision d LEFT JOIN decision_place p ON p.decision_id = d.id
            """;

    /// Newest first.
    List<Listed> search(ActorContext actor, Search search, int limit) {
        return jdbc.sql(
                        COLUMNS
                                + """
                                WHERE d.tenant = :tenant
                                  AND (:word::text IS NULL OR d.word = :word)
                                  AND (:rule::text IS NULL OR d.rules @> ARRAY[:rule::text])
                                  AND (:user::text IS NULL OR d.user_id = :user)
                                  AND (:action::text IS NULL OR d.action = :action)
                                  AND (:from::timestamptz IS NULL OR d.at >= :from)
                                  AND (:to::timestamptz IS NULL OR d.at < :to)
                                  AND (:before::uuid IS NULL OR d.id < :before)
                                ORDER BY d.id DESC LIMIT :limit
                                """)
                .param("tenant", actor.tenant().value())
                .param("word", search.word().orElse(null))
                .param("rule", search.rule().orElse(null))
                .param("user", search.user().orElse(null))
                .param("action", search.action().orElse(null))
                .param("from", search.from().map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null))
                .param("to", search.to().map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null))
                .param("before", search.before().orElse(null))
                .param("limit", limit)
                .query((row, i) -> listed(row))
                .list();
    }

    Optional<Listed> find(ActorContext actor, UUID id) {
        return jdbc.sql(COLUMNS + "WHERE d.tenant = ? AND d.id = ?")
                .param(actor.tenant().value())
                .param(id)
                .query((row, i) -> listed(row))
                .optional();
    }

    private static Listed listed(ResultSet row) throws SQLException {
        String origin = row.getString(12);
        return new Listed(
                row.getObject(1, UUID.class),
                row.getString(2),
                row.getTimestamp(3).toInstant(),
                new Asked(row.getString(4), row.getString(5), row.getString(6)),
                new Answered(
                        row.getString(7),
                        row.getLong(8),
                        Arrays.asList((String[]) row.getArray(9).getArray()),
                        row.getString(10),
                        row.getString(11)),
                origin == null ? "" : origin,
                origin == null ? OptionalLong.empty() : OptionalLong.of(row.getLong(13)));
    }

    /// The inputs of decisions, as far as their keys still exist, by decision.
    Map<String, byte[]> inputs(ActorContext actor, List<UUID> decisions) {
        Map<String, Sealed> sealed = new HashMap<>();
        jdbc.sql(
                        "SELECT id, input_key, sealed_input FROM decision WHERE tenant = ? AND id = ANY (?)")
                .param(actor.tenant().value())
                .param(decisions.toArray(UUID[]::new))
                .query(
                        row -> {
                            sealed.put(
                                    row.getString(1), new Sealed(row.getLong(2), row.getBytes(3)));
                        });
        return vault.open(actor.tenant().value(), sealed);
    }

    /// Notes where a log holds decisions, by index.
    void placeVerdicts(String origin, Map<UUID, Long> verdicts) {
        place("decision_place", origin, verdicts);
    }

    /// Notes where a log says how turns ended, by index.
    void placeTurns(String origin, Map<UUID, Long> turns) {
        place("turn_place", origin, turns);
    }

    private void place(String table, String origin, Map<UUID, Long> places) {
        if (places.isEmpty()) {
            return;
        }
        jdbc.sql(
                        """
                        INSERT INTO %s (decision_id, log_origin, log_index)
                        SELECT id, ?, at FROM unnest(?::uuid[], ?::bigint[]) AS new (id, at)
                        ON CONFLICT DO NOTHING
                        """
                                .formatted(table))
                .param(origin)
                .param(places.keySet().toArray(UUID[]::new))
                .param(places.values().toArray(Long[]::new))
                .update();
    }

    /// Where a log says how the turn of a decision ended; empty until it does.
    Optional<TurnPlace> turn(UUID decision) {
        return jdbc.sql("SELECT log_origin, log_index FROM turn_place WHERE decision_id = ?")
                .param(decision)
                .query((row, i) -> new TurnPlace(row.getString(1), row.getLong(2)))
                .optional();
    }

    record TurnPlace(String origin, long index) {}
}
