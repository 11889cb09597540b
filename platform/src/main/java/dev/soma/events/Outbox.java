package dev.soma.events;

import java.util.List;

/// Where facts are written in the transaction that makes them true.
public interface Outbox {
    /// Adds events to the caller's open transaction: they are told if and only if it commits.
    /// Within a key they keep
    /// the order of the list. Checks each against its schema.
    ///
    /// @throws IllegalArgumentException when an event does not match its published schema, which is
    /// a bug
    /// @throws IllegalStateException outside a transaction
    void add(List<EventDraft> events);
}
