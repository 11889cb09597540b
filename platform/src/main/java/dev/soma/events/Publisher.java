package dev.soma.events;

import java.util.List;

/// Sends records to Kafka and waits for the acknowledgement of every in-sync replica. Used by one
/// thread at a time.
public interface Publisher extends AutoCloseable {
    /// Sends the messages together.
    ///
    /// @return one outcome for each message, in the order given
    List<Outcome> send(List<Message> messages) throws InterruptedException;

    /// Creates the platform's topics where they are missing.
    ///
    /// @return false when the brokers do not answer
    boolean ensureTopics() throws InterruptedException;

    @Override
    void close();

    /// @param key `tenant:subject`; messages of one key go to one partition
    record Message(String topic, String key, byte[] event) {}

    /// What became of a message.
    sealed interface Outcome {
        /// The brokers have it.
        record Acknowledged() implements Outcome {}

        /// Nobody knows; it has to be sent again.
        record Unknown() implements Outcome {}

        /// The brokers will never take it.
        record Poisoned(String reason) implements Outcome {}
    }

    /// Opens publishers.
    interface Factory {
        Publisher open(String clientId);
    }
}
