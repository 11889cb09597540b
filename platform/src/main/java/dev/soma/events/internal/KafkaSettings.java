package dev.soma.events.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param bootstrapServers host:port of one or more brokers
/// @param deliveryTimeoutMillis after which an unacknowledged record is sent again in a later round
/// @param replicationFactor of topics that this platform creates
@Settings("soma.kafka")
record KafkaSettings(
        String bootstrapServers,
        @DefaultValue("10000") int deliveryTimeoutMillis,
        @DefaultValue("1") short replicationFactor) {
    KafkaSettings {
        if (bootstrapServers == null || bootstrapServers.isBlank()) {
            throw new IllegalArgumentException("'soma.kafka.bootstrap-servers' must name a broker");
        }
    }
}
