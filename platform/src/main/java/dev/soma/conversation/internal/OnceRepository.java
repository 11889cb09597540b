package dev.soma.conversation.internal;

import dev.soma.conversation.Turns.Once;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Pipeline.Answer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Which turn a request led to that is to be done once.
class OnceRepository {
    private static final int KEPT_HOURS = 24;

    private final JdbcClient jdbc;
    private final Pipeline pipeline;

    OnceRepository(JdbcClient jdbc, Pipeline pipeline) {
        this.pipeline = pipeline;
        this.jdbc = jdbc;
    }

    /// What came of a key before.
    ///
    /// @param same whether it asked for the same
    /// @param running whether the turn has not ended yet
    record Before(UUID turn, Place place, boolean same, boolean running) {}

    /// A turn that wants a key for itself.
    record Claim(Place place, String owner, Once once, UUID turn) {}

    Optional<Before> find(String tenant, String owner, Once once) {
        return jdbc.sql(
                        """
                        SELECT o.turn, o.session, o.digest = ?, t.state = 'RUNNING' FROM turn_once o
                        JOIN turn t ON t.id = o.turn
                        WHERE o.tenant = ? AND o.owner = ? AND o.key = ?
                          AND o.at > now() - make_interval(hours => ?)
                        """)
                .param(once.digest())
                .param(tenant)
                .param(owner)
                .param(once.key())
                .param(KEPT_HOURS)
                .query(
                        (row, i) ->
                                new Before(
                                        row.getObject(1, UUID.class),
                                        new Place(tenant, row.getString(2)),
                                        row.getBoolean(3),
                                        row.getBoolean(4)))
                .optional();
    }

    /// Takes keys, waiting for whoever takes the same ones at this moment.
    ///
    /// @return the turns that have theirs
    Answer<Set<UUID>> claim(List<Claim> claims) {
        if (claims.isEmpty()) {
            return Set::of;
        }
        return pipeline.sql(
                        """
                        INSERT INTO turn_once (tenant, owner, key, digest, turn, session)
                        SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::uuid[], ?::text[])
                          AS d (tenant, owner, key, digest, turn, session) ORDER BY tenant, owner, key
                        ON CONFLICT DO NOTHING RETURNING turn
                        """)
                .param(claims.stream().map(claim -> claim.place().tenant()).toArray(String[]::new))
                .param(claims.stream().map(Claim::owner).toArray(String[]::new))
                .param(claims.stream().map(claim -> claim.once().key()).toArray(String[]::new))
                .param(claims.stream().map(claim -> claim.once().digest()).toArray(String[]::new))
                .param(claims.stream().map(claim -> claim.turn().toString()).toArray(String[]::new))
                .param(claims.stream().map(claim -> claim.place().session()).toArray(String[]::new))
                .ask(row -> row.getObject(1, UUID.class))
                .map(Set::copyOf);
    }

    /// Gives keys back, in the transaction that took them.
    void giveBack(List<UUID> turns) {
        if (!turns.isEmpty()) {
            pipeline.sql("DELETE FROM turn_once WHERE turn = ANY(?::uuid[])")
                    .param(turns.stream().map(UUID::toString).toArray(String[]::new))
                    .tell();
        }
    }

    void expire() {
        jdbc.sql("DELETE FROM turn_once WHERE at < now() - make_interval(hours => ?)")
                .param(KEPT_HOURS)
                .update();
    }
}
