package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Pipeline.Answer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The journal: append-only, one row for each burst of frames.
class JournalRepository {
    private final JdbcClient jdbc;
    private final Pipeline pipeline;

    JournalRepository(JdbcClient jdbc, Pipeline pipeline) {
        this.pipeline = pipeline;
        this.jdbc = jdbc;
    }

    /// Where a session's frames belong.
    record Place(String tenant, String session) {}

    /// Frames of one turn, to be appended.
    record Entry(Place place, UUID turn, Frames frames) {}

    /// One stored burst.
    record Row(long first, long last, byte[] frames) {}

    /// Appends rows, always in the same order so that two nodes cannot wait for each other.
    ///
    /// @return the turns whose place was taken: another node has ended them
    Answer<Set<UUID>> append(List<Entry> entries) {
        List<Entry> rows =
                entries.stream()
                        .filter(entry -> !entry.frames().events().isEmpty())
                        .sorted(
                                Comparator.comparing((Entry entry) -> entry.place().tenant())
                                        .thenComparing(entry -> entry.place().session())
                                        .thenComparingLong(entry -> entry.frames().first()))
                        .toList();
        if (rows.isEmpty()) {
            return Set::of;
        }
        Integer[] starts = new Integer[rows.size()];
        Integer[] lengths = new Integer[rows.size()];
        byte[] whole = concatenate(rows, starts, lengths);
        return pipeline.sql(
                        """
                        INSERT INTO conversation_log (tenant, session, first_seq, last_seq, turn, frames)
                        SELECT tenant, session, first_seq, last_seq, turn, substring(? FROM start FOR length)
                        FROM unnest(?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::uuid[], ?::int[], ?::int[])
                          AS d (tenant, session, first_seq, last_seq, turn, start, length)
                        ON CONFLICT DO NOTHING RETURNING turn
                        """)
                .param(whole)
                .param(texts(rows.stream().map(row -> row.place().tenant()).toList()))
                .param(texts(rows.stream().map(row -> row.place().session()).toList()))
                .param(rows.stream().map(row -> row.frames().first()).toArray(Long[]::new))
                .param(rows.stream().map(row -> row.frames().last()).toArray(Long[]::new))
                .param(texts(rows.stream().map(row -> row.turn().toString()).toList()))
                .param(starts)
                .param(lengths)
                .ask(row -> row.getObject(1, UUID.class))
                .map(written -> fenced(rows, written));
    }

    private static Set<UUID> fenced(List<Entry> rows, List<UUID> written) {
        Set<UUID> fenced = new HashSet<>(rows.stream().map(Entry::turn).toList());
        written.forEach(fenced::remove);
        return fenced;
    }

    /// All frames as one parameter: it travels as it is, while an array of them would be written in
    /// hexadecimal.
    private static byte[] concatenate(List<Entry> rows, Integer[] starts, Integer[] lengths) {
        byte[] whole = new byte[rows.stream().mapToInt(row -> row.frames().bytes().length).sum()];
        int at = 0;
        for (int i = 0; i < starts.length; i++) {
            byte[] bytes = rows.get(i).frames().bytes();
            System.arraycopy(bytes, 0, whole, at, bytes.length);
            starts[i] = at + 1;
            lengths[i] = bytes.length;
            at += bytes.length;
        }
        return whole;
    }

    private static String[] texts(List<String> values) {
        return values.toArray(String[]::new);
    }

    /// The number of the last frame of each of these turns; a turn that told nothing is missing.
    Map<UUID, Long> lastOf(List<Place> places, List<UUID> turns) {
        Map<UUID, Long> last = new HashMap<>();
        jdbc.sql(
                        """
                        SELECT turn, max(last_seq) FROM conversation_log
                        WHERE (tenant, session) IN (SELECT * FROM unnest(?::text[], ?::text[]))
                          AND turn = ANY(?::uuid[]) GROUP BY turn
                        """)
                .param(texts(places.stream().map(Place::tenant).toList()))
                .param(texts(places.stream().map(Place::session).toList()))
                .param(texts(turns.stream().map(UUID::toString).toList()))
                .query(
                        row -> {
                            last.put(row.getObject(1, UUID.class), row.getLong(2));
                        });
        return last;
    }

    /// Rows that hold frames after a number, in order.
    List<Row> after(Place place, long seq, int limit) {
        return jdbc.sql(
                        """
                        SELECT first_seq, last_seq, frames FROM conversation_log
                        WHERE tenant = ? AND session = ? AND last_seq > ? ORDER BY first_seq LIMIT ?
                        """)
                .param(place.tenant())
                .param(place.session())
                .param(seq)
                .param(limit)
                .query((row, i) -> new Row(row.getLong(1), row.getLong(2), row.getBytes(3)))
                .list();
    }

    /// Everything that a turn told.
    List<byte[]> ofTurn(Place place, UUID turn) {
        return jdbc.sql(
                        """
                        SELECT frames FROM conversation_log
                        WHERE tenant = ? AND session = ? AND turn = ? ORDER BY first_seq
                        """)
                .param(place.tenant())
                .param(place.session())
                .param(turn)
                .query((row, i) -> row.getBytes(1))
                .list();
    }

    /// The first and the last number that a session still has; empty when it has none.
    Optional<Row> extent(Place place) {
        return jdbc
                .sql(
                        """
                        SELECT min(first_seq), max(last_seq) FROM conversation_log WHERE tenant = ? AND session = ?
                        """)
                .param(place.tenant())
                .param(place.session())
                .query((row, i) -> new Row(row.getLong(1), row.getLong(2), new byte[0]))
                .list()
                .stream()
                .filter(row -> row.last() > 0)
                .findFirst();
    }

    /// Takes out what a user was told, and what the user said.
    void erase(String tenant, String user) {
        jdbc.sql(
                        """
                        DELETE FROM conversation_log l USING turn t
                        WHERE l.tenant = ? AND t.tenant = l.tenant AND t.id = l.turn AND t.owner = ?
                        """)
                .param(tenant)
                .param(user)
                .update();
        jdbc.sql(
                        "UPDATE turn SET input = NULL WHERE tenant = ? AND owner = ? AND input IS NOT NULL")
                .param(tenant)
                .param(user)
                .update();
    }

    /// Takes out rows that are older than the journal is kept, and what callers said then.
    ///
    /// @return rows taken out
    int purge(long days) {
        jdbc.sql(
                        """
                        UPDATE turn SET input = NULL
                        WHERE input IS NOT NULL AND started_at < now() - make_interval(days => ?)
                        """)
                .param(Math.toIntExact(days))
                .update();
        return jdbc.sql("DELETE FROM conversation_log WHERE at < now() - make_interval(days => ?)")
                .param(Math.toIntExact(days))
                .update();
    }
}
