package dev.soma.acceptance;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A topic read from its first record to its present end, by a plain consumer.
final class KafkaTopic {
    private static final Duration POLL = Duration.ofMillis(500);

    private KafkaTopic() {}

    /// A CloudEvent in the order of its partition.
    record Event(int partition, String key, JsonNode body) {
        String text(String name) {
            return body.path(name).asString("");
        }

        String data(String name) {
            return body.path("data").path(name).asString("");
        }

        /// What an inbox knows an event by.
        String identity() {
            return text("source") + " " + text("id");
        }
    }

    static List<Event> read(String bootstrapServers, String topic) {
        Map<String, Object> settings =
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "none");
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(topic).stream()
                            .map(info -> new TopicPartition(topic, info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<Event> events = new ArrayList<>();
            while (partitions.stream()
                    .anyMatch(one -> consumer.position(one) < ends.getOrDefault(one, 0L))) {
                consumer.poll(POLL).forEach(record -> events.add(event(record)));
            }
            return events;
        }
    }

    private static Event event(ConsumerRecord<byte[], byte[]> record) {
        return new Event(
                record.partition(),
                new String(record.key(), StandardCharsets.UTF_8),
                JsonMapper.shared().readTree(record.value()));
    }

    /// What is left when an inbox has taken each event once: the first of each (source, id).
    static List<Event> afterInbox(List<Event> events) {
        Set<String> applied = new HashSet<>();
        return events.stream().filter(event -> applied.add(event.identity())).toList();
    }
}
