package dev.soma.constitution.internal;

import dev.soma.constitution.ConstitutionArchive;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Pipeline.Answer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The module's tables.
class ConstitutionRepository implements ConstitutionArchive {
    private final JdbcClient jdbc;
    private final Pipeline pipeline;

    ConstitutionRepository(JdbcClient jdbc, Pipeline pipeline) {
        this.pipeline = pipeline;
        this.jdbc = jdbc;
    }

    /// @param origin what put it in force
    record Activation(
            long epoch,
            String hash,
            String version,
            List<String> signers,
            byte[] signedFile,
            Origin origin) {}

    /// What puts constitutions in force.
    enum Origin {
        SOURCE,
        DRAFT,
        ROLLBACK;

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Optional<Activation> latest() {
        return jdbc.sql(
                        """
                        SELECT a.epoch, a.hash, a.version, a.signers, a.origin, d.signed_file FROM constitution_activation a
                        JOIN constitution_document d USING (hash) ORDER BY a.epoch DESC LIMIT 1
                        """)
                .query((row, i) -> activation(row, row.getBytes(6)))
                .optional();
    }

    private static Activation activation(ResultSet row, byte[] signedFile) throws SQLException {
        return new Activation(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                List.of((String[]) row.getArray(4).getArray()),
                signedFile,
                Origin.valueOf(row.getString(5).toUpperCase(Locale.ROOT)));
    }

    /// The hash of the last document that came from the source.
    Optional<String> lastOfSource() {
        return jdbc.sql(
                        "SELECT hash FROM constitution_activation WHERE origin = 'source' ORDER BY epoch DESC LIMIT 1")
                .query(String.class)
                .optional();
    }

    @Override
    public Optional<byte[]> signedFile(String hash) {
        return jdbc.sql("SELECT signed_file FROM constitution_document WHERE hash = ?")
                .param(hash)
                .query((row, i) -> row.getBytes(1))
                .optional();
    }

    Answer<Long> committedEpoch() {
        return pipeline.sql("SELECT coalesce(max(epoch), 0) FROM constitution_activation")
                .ask(row -> row.getLong(1))
                .map(List::getFirst);
    }

    /// True when the hash was in force once.
    boolean wasActive(String hash) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM constitution_activation WHERE hash = ?)")
                .param(hash)
                .query(Boolean.class)
                .single();
    }

    void lock() {
        jdbc.sql("LOCK TABLE constitution_activation IN SHARE ROW EXCLUSIVE MODE").update();
    }

    void activate(Activation next, String dialect, Optional<String> previousHash) {
        jdbc.sql(
                        "INSERT INTO constitution_document (hash, dialect, signed_file) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                .param(next.hash())
                .param(dialect)
                .param(next.signedFile())
                .update();
        jdbc.sql(
                        "INSERT INTO constitution_activation (epoch, hash, previous_hash, version, signers, origin) VALUES (?, ?, ?, ?, ?, ?)")
                .param(next.epoch())
                .param(next.hash())
                .param(previousHash.orElse(null))
                .param(next.version())
                .param(next.signers().toArray(String[]::new))
                .param(next.origin().wireName())
                .update();
    }

    /// Notes that the source confirms an activation. A confirmation of an older one, which another
    /// node was about to write, changes nothing.
    void confirm(Activation active) {
        jdbc.sql(
                        """
                        INSERT INTO constitution_confirmation AS known (hash, epoch, at) VALUES (?, ?, clock_timestamp())
                        ON CONFLICT (single) DO UPDATE
                        SET hash = excluded.hash, epoch = excluded.epoch, at = excluded.at
                        WHERE known.epoch <= excluded.epoch
                        """)
                .param(active.hash())
                .param(active.epoch())
                .update();
    }

    /// Milliseconds since the source confirmed this hash, by the database's clock.
    Optional<Long> ageMillis(String hash) {
        return jdbc.sql(
                        "SELECT (extract(epoch FROM clock_timestamp() - at) * 1000)::bigint FROM constitution_confirmation WHERE hash = ?")
                .param(hash)
                .query(Long.class)
                .optional();
    }

    List<Activation> history() {
        return jdbc.sql(
                        "SELECT epoch, hash, version, signers, origin FROM constitution_activation ORDER BY epoch DESC LIMIT 200")
                .query((row, i) -> activation(row, new byte[0]))
                .list();
    }
}
