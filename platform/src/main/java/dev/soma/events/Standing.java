package dev.soma.events;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where the nodes stand with the last change of one kind. Times are the database's.
///
/// @param seq of that change; 0 when there was none
/// @param changedAt when it was made
/// @param switchedAt the switch mark: from then on no node works on what was before; empty while
/// one still may
/// @param bound after which a node that has not heard of a change stops working
public record Standing(
        long seq,
        Optional<Instant> changedAt,
        Optional<Instant> switchedAt,
        List<Node> nodes,
        Duration bound) {
    public Standing {
        nodes = List.copyOf(nodes);
    }

    /// @param acknowledged when it took up the change; empty when it has not
    /// @param readAt when it last read the clock of changes, to half a second
    /// @param current whether its lease may still run
    public record Node(
            String id, Optional<Instant> acknowledged, Instant readAt, boolean current) {}
}
