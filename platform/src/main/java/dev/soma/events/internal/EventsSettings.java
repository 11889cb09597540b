package dev.soma.events.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param relayIntervalMillis events are gathered this long before they are sent, which pays for
/// batching
/// @param relayBatchRows outbox rows read at once
/// @param relayLeaseMillis after which another relay takes over the buckets of a silent one
/// @param changePollMillis how often the change clock is read
/// @param changeLeaseMillis how long a node may work after its last proof that it is current
@Settings("soma.events")
record EventsSettings(
        @DefaultValue("25") int relayIntervalMillis,
        @DefaultValue("1024") int relayBatchRows,
        @DefaultValue("5000") int relayLeaseMillis,
        @DefaultValue("100") int changePollMillis,
        @DefaultValue("1800") int changeLeaseMillis) {
    EventsSettings {
        if (changePollMillis * 3L > changeLeaseMillis) {
            throw new IllegalArgumentException(
                    "'soma.events.change-lease-millis' must be at least three times 'soma.events.change-poll-millis'");
        }
    }
}
