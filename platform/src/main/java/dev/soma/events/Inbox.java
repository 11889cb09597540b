package dev.soma.events;

/// Removes duplicates on the consumer's side.
public interface Inbox {
    /// Runs the effect once for each (consumer, source, id), in one transaction with the note that
    /// it ran.
    ///
    /// @return false when this event had been applied before
    boolean once(String consumer, String source, String eventId, Runnable effect);
}
