package dev.soma.conversation.internal;

import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.events.Changes;
import dev.soma.kernel.TenantId;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// What has been asked to stop: noted with the turn, and told to the node that runs it by the
/// change
/// clock. Asking twice is asking once.
class StopIntents {
    private final JdbcClient jdbc;
    private final Supplier<Changes> changes;

    StopIntents(JdbcClient jdbc, Supplier<Changes> changes) {
        this.jdbc = jdbc;
        this.changes = changes;
    }

    /// @param keep whether what the turn said stays in the history
    record Intent(UUID turn, String reason, boolean keep) {}

    /// Asks for a turn to stop.
    ///
    /// @return false when it does not run
    @Transactional
    public boolean ask(Place place, Intent intent) {
        int asked =
                jdbc.sql(
                                """
                                UPDATE turn SET stop_reason = coalesce(stop_reason, ?), in_history = in_history AND ?
                                WHERE id = ? AND tenant = ? AND session = ? AND state = 'RUNNING'
                                """)
                        .param(intent.reason())
                        .param(intent.keep())
                        .param(intent.turn())
                        .param(place.tenant())
                        .param(place.session())
                        .update();
        if (asked > 0) {
            changes.get().announce(Changes.Kind.CONVERSATION, new TenantId(place.tenant()));
        }
        return asked > 0;
    }

    /// What a life of a node has been asked and has not done yet.
    List<Intent> open(NodeLife node) {
        return jdbc.sql(
                        """
                        SELECT id, stop_reason, in_history FROM turn
                        WHERE state = 'RUNNING' AND owner_node = ? AND owner_epoch = ? AND stop_reason IS NOT NULL
                        """)
                .param(node.id())
                .param(node.epoch())
                .query(
                        (row, i) ->
                                new Intent(
                                        row.getObject(1, UUID.class),
                                        row.getString(2),
                                        row.getBoolean(3)))
                .list();
    }
}
