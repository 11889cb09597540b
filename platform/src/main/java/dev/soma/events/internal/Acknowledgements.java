package dev.soma.events.internal;

import dev.soma.events.Changes;
import dev.soma.events.Standing;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Tells the other nodes what this one has taken up. What was judged on the old state gets a moment
/// to be answered first, so that an acknowledgement means: this node answers on nothing older.
class Acknowledgements {
    private static final long DRAIN_NANOS = 50_000_000;
    private static final long PRESENCE_NANOS = 500_000_000;

    /// Between the time that a change notes and its commit, and between two notes of presence.
    private static final Duration MARGIN = Duration.ofMillis(700);
    private static final int KEPT_DAYS = 7;

    private final JdbcClient jdbc;
    private final String node;
    private final EventsSettings settings;
    private long applied = -1;
    private long appliedNanos;
    private long written = -1;
    private long presentNanos = System.nanoTime() - PRESENCE_NANOS;

    Acknowledgements(JdbcClient jdbc, String node, EventsSettings settings) {
        this.jdbc = jdbc;
        this.node = node;
        this.settings = settings;
    }

    /// Called under the clock's lock, as is [#write()].
    void applied(long seq) {
        applied = seq;
        appliedNanos = System.nanoTime();
    }

    /// Writes what is due. Nothing depends on it but the time at which a switch is known to be
    /// over.
    void write() {
        long now = System.nanoTime();
        if (now - presentNanos >= PRESENCE_NANOS) {
            jdbc.sql(
                            """
                            INSERT INTO change_node (node, read_at) VALUES (?, clock_timestamp())
                            ON CONFLICT (node) DO UPDATE SET read_at = excluded.read_at
                            """)
                    .param(node)
                    .update();
            presentNanos = now;
        }
        if (applied == written || now - appliedNanos < DRAIN_NANOS) {
            return;
        }
        if (written < 0) {
            jdbc.sql(
                            "DELETE FROM change_ack WHERE node = ? AND at < now() - make_interval(days => ?)")
                    .param(node)
                    .param(KEPT_DAYS)
                    .update();
        }
        jdbc.sql("INSERT INTO change_ack (node, seq) VALUES (?, ?) ON CONFLICT DO NOTHING")
                .param(node)
                .param(applied)
                .update();
        written = applied;
    }

    /// The node works no more, so nobody has to wait for it.
    void leave() {
        try {
            jdbc.sql("DELETE FROM change_node WHERE node = ?").param(node).update();
        } catch (DataAccessException away) {
            // Its lease runs out, which says the same a little later.
            presentNanos = System.nanoTime();
        }
    }

    Standing standing(Changes.Kind kind) {
        Duration bound = Duration.ofMillis(settings.changeLeaseMillis());
        Optional<Change> change =
                jdbc.sql("SELECT seq, at FROM change_log WHERE kind = ? ORDER BY seq DESC LIMIT 1")
                        .param(kind.name())
                        .query(
                                (row, i) ->
                                        new Change(
                                                row.getLong(1),
                                                time(row.getObject(2, OffsetDateTime.class))))
                        .optional();
        long seq = change.map(Change::seq).orElse(0L);
        List<Standing.Node> nodes = nodes(seq, bound);
        return new Standing(
                seq,
                change.map(Change::at),
                change.flatMap(made -> mark(made, nodes, bound)),
                nodes,
                bound);
    }

    private record Change(long seq, Instant at) {}

    /// The last acknowledgement, or the end of the leases of those that gave none.
    private Optional<Instant> mark(Change change, List<Standing.Node> nodes, Duration bound) {
        Instant stopped = change.at().plus(bound).plus(MARGIN);
        List<Instant> ends = new ArrayList<>(List.of(change.at()));
        for (Standing.Node node : nodes) {
            boolean gone = node.readAt().plus(bound).plus(MARGIN).isBefore(change.at());
            if (!gone) {
                ends.add(node.acknowledged().filter(at -> at.isBefore(stopped)).orElse(stopped));
            }
        }
        Instant mark = ends.stream().max(Instant::compareTo).orElse(stopped);
        return mark.isAfter(now()) ? Optional.empty() : Optional.of(mark);
    }

    private Instant now() {
        return time(jdbc.sql("SELECT clock_timestamp()").query(OffsetDateTime.class).single());
    }

    private List<Standing.Node> nodes(long seq, Duration bound) {
        return jdbc.sql(
                        """
                        SELECT n.node, (SELECT min(a.at) FROM change_ack a WHERE a.node = n.node AND a.seq >= :seq),
                          n.read_at, n.read_at > clock_timestamp() - make_interval(secs => :bound)
                        FROM change_node n ORDER BY n.node LIMIT 1000
                        """)
                .param("seq", seq)
                .param("bound", bound.plus(MARGIN).toMillis() / 1000.0)
                .query(
                        (row, i) ->
                                new Standing.Node(
                                        row.getString(1),
                                        Optional.ofNullable(row.getObject(2, OffsetDateTime.class))
                                                .map(Acknowledgements::time),
                                        time(row.getObject(3, OffsetDateTime.class)),
                                        row.getBoolean(4)))
                .list();
    }

    private static Instant time(OffsetDateTime at) {
        return at.toInstant();
    }
}
