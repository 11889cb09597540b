package dev.soma.conversation.internal;

import dev.soma.conversation.Turns.OnBusy;
import dev.soma.conversation.internal.JournalRepository.Place;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Sessions as callers see them.
class SessionRepository {
    private final JdbcClient jdbc;

    SessionRepository(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// Whose a session is and whether a turn of it runs. A turn that stands alone is a session of
    /// its own.
    record Standing(String owner, boolean running, long head) {}

    /// @param ended no turn of it may begin any more
    /// @param head number of its last frame
    record Session(
            String id,
            String owner,
            boolean ended,
            Optional<UUID> running,
            long head,
            Manner manner,
            Times times) {}

    /// How it was started.
    ///
    /// @param model for turns that name none; empty when there is none
    /// @param system goes before everything that is said; empty when there is none
    record Manner(String model, String system, OnBusy onBusy) {}

    record Times(OffsetDateTime createdAt, OffsetDateTime usedAt) {}

    /// A turn as the session's page lists it.
    record TurnRow(
            UUID id,
            String state,
            String reason,
            String model,
            UUID decision,
            long firstSeq,
            OffsetDateTime startedAt) {}

    private static final String COLUMNS =
            "id, owner, state, running_turn, head_seq, model, system, on_busy, created_at, used_at";

    /// Makes a session.
    ///
    /// @return false when there is one of that name
    boolean start(Place place, String owner, Manner manner) {
        return jdbc.sql(
                                """
                                INSERT INTO session (tenant, id, owner, model, system, on_busy)
                                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                                """)
                        .param(place.tenant())
                        .param(place.session())
                        .param(owner)
                        .param(manner.model())
                        .param(manner.system())
                        .param(manner.onBusy().name().toLowerCase(Locale.ROOT))
                        .update()
                == 1;
    }

    Optional<Session> find(Place place) {
        return jdbc.sql("SELECT %s FROM session WHERE tenant = ? AND id = ?".formatted(COLUMNS))
                .param(place.tenant())
                .param(place.session())
                .query((row, i) -> session(row))
                .optional();
    }

    /// Sessions of a user, the newest first.
    ///
    /// @param before the last one of the page before
    List<Session> list(String tenant, String owner, Optional<Session> before, int limit) {
        String where = before.isPresent() ? "AND (created_at, id) < (:at, :id)" : "";
        var query =
                jdbc.sql(
                                """
                                SELECT %s FROM session WHERE tenant = :tenant AND owner = :owner %s
                                ORDER BY created_at DESC, id DESC LIMIT :limit
                                """
                                        .formatted(COLUMNS, where))
                        .param("tenant", tenant)
                        .param("owner", owner)
                        .param("limit", limit);
        before.ifPresent(
                last -> query.param("at", last.times().createdAt()).param("id", last.id()));
        return query.query((row, i) -> session(row)).list();
    }

    private static Session session(ResultSet row) throws SQLException {
        return new Session(
                row.getString(1),
                row.getString(2),
                row.getString(3).equals("ENDED"),
                Optional.ofNullable(row.getObject(4, UUID.class)),
                row.getLong(5),
                new Manner(
                        row.getString(6),
                        row.getString(7),
                        OnBusy.valueOf(row.getString(8).toUpperCase(Locale.ROOT))),
                new Times(
                        row.getObject(9, OffsetDateTime.class),
                        row.getObject(10, OffsetDateTime.class)));
    }

    /// The newest turns of a session, in the order of time.
    List<TurnRow> turns(Place place, int limit) {
        return jdbc.sql(
                        """
                        SELECT * FROM (
                          SELECT id, state, reason, model, decision_id, first_seq, started_at FROM turn
                          WHERE tenant = ? AND session = ? AND input IS NOT NULL
                          ORDER BY started_at DESC, id DESC LIMIT ?) newest
                        ORDER BY started_at, id
                        """)
                .param(place.tenant())
                .param(place.session())
                .param(limit)
                .query(
                        (row, i) ->
                                new TurnRow(
                                        row.getObject(1, UUID.class),
                                        row.getString(2),
                                        row.getString(3),
                                        row.getString(4),
                                        row.getObject(5, UUID.class),
                                        row.getLong(6),
                                        row.getObject(7, OffsetDateTime.class)))
                .list();
    }

    /// How a turn of a session stands, such as `running`.
    Optional<String> stateOf(Place place, UUID turn) {
        return jdbc.sql("SELECT lower(state) FROM turn WHERE id = ? AND tenant = ? AND session = ?")
                .param(turn)
                .param(place.tenant())
                .param(place.session())
                .query(String.class)
                .optional();
    }

    /// What a turn of a user keeps of its request.
    Optional<byte[]> inputOf(String tenant, String owner, UUID turn) {
        return jdbc
                .sql(
                        "SELECT input FROM turn WHERE id = ? AND tenant = ? AND owner = ? AND input IS NOT NULL")
                .param(turn)
                .param(tenant)
                .param(owner)
                .query((row, i) -> row.getBytes(1))
                .list()
                .stream()
                .findFirst();
    }

    Optional<Standing> standing(Place place) {
        Optional<Standing> session =
                jdbc.sql(
                                "SELECT owner, running_turn IS NOT NULL, head_seq FROM session WHERE tenant = ? AND id = ?")
                        .param(place.tenant())
                        .param(place.session())
                        .query((row, i) -> standing(row))
                        .optional();
        return session.isPresent() ? session : alone(place);
    }

    private Optional<Standing> alone(Place place) {
        UUID turn;
        try {
            turn = UUID.fromString(place.session());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return jdbc.sql(
                        """
                        SELECT owner, state = 'RUNNING', 0 FROM turn
                        WHERE id = ? AND tenant = ? AND session = ? AND state <> 'REFUSED'
                        """)
                .param(turn)
                .param(place.tenant())
                .param(place.session())
                .query((row, i) -> standing(row))
                .optional();
    }

    private static Standing standing(ResultSet row) throws SQLException {
        return new Standing(row.getString(1), row.getBoolean(2), row.getLong(3));
    }

    /// Number of the first event of the turn that runs in a session; empty when none does.
    OptionalLong runningFirst(Place place) {
        return jdbc
                .sql(
                        "SELECT first_seq FROM turn WHERE tenant = ? AND session = ? AND state = 'RUNNING'")
                .param(place.tenant())
                .param(place.session())
                .query(Long.class)
                .list()
                .stream()
                .mapToLong(Long::longValue)
                .findFirst();
    }

    /// Lets no further turn of a session begin.
    void end(Place place) {
        jdbc.sql("UPDATE session SET state = 'ENDED' WHERE tenant = ? AND id = ?")
                .param(place.tenant())
                .param(place.session())
                .update();
    }

    /// Ends sessions that nobody has used for a while.
    int expire(long idleSeconds) {
        return jdbc.sql(
                        """
                        UPDATE session SET state = 'ENDED'
                        WHERE state = 'OPEN' AND running_turn IS NULL
                          AND used_at < now() - make_interval(secs => ?)
                        """)
                .param((double) idleSeconds)
                .update();
    }
}
