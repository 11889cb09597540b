package dev.soma.events;

import java.util.List;

/// Where facts are written in the transaction that makes them true.
public interface Outbox {
    /// Takes the places of events that will be told in the caller's open transaction. Keys stay
    /// locked until it ends.
    ///
    /// @param partitionKeys one for each event
    /// @throws IllegalStateException outside a transaction
    Places reserve(List<String> partitionKeys);

    /// Places of events in the order of their keys.
    interface Places {
        /// As [Outbox#add], for events of the very keys that were reserved.
        ///
        /// @throws IllegalArgumentException also when the keys are others
        void fill(List<EventDraft> events);
    }

    /// Adds events to the caller's open transaction: they are told if and only if it commits.
    /// Within a key they keep
    /// the order of the list. Checks each against its schema.
    ///
    /// @throws IllegalArgumentException when an event does not match its published schema, which is
    /// a bug
    /// @throws IllegalStateException outside a transaction
    default void add(List<EventDraft> events) {
        reserve(events.stream().map(EventDraft::partitionKey).toList()).fill(events);
    }
}
