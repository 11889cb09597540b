package dev.soma.conversation;

import java.util.List;

/// Some events of a session that follow each other and are in the journal.
///
/// @param first number of the first, counted from 1 in each session; the others follow without a
/// gap
/// @param bytes the same events in the product's own dialect, as server-sent events in UTF-8
public record Frames(long first, List<TurnEvent> events, byte[] bytes) {
    public Frames {
        events = List.copyOf(events);
    }

    /// Number of the last event; `first - 1` when there is none.
    public long last() {
        return first + events.size() - 1;
    }
}
