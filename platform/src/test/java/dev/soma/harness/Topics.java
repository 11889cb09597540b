package dev.soma.harness;

import dev.soma.devkit.TestEngines;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads topics of the real broker from their beginning.
public final class Topics {
    private Topics() {}

    /// Every event of a topic, in the order of its partitions.
    public static List<JsonObject> events(String topic) throws Exception {
        List<JsonObject> events = new ArrayList<>();
        Map<String, Object> config =
                Map.of("bootstrap.servers", TestEngines.kafka().bootstrapServers());
        try (var consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(topic).stream()
                            .map(part -> new TopicPartition(topic, part.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(part -> consumer.position(part) < ends.getOrDefault(part, 0L))) {
                for (var entry : consumer.poll(Duration.ofMillis(500))) {
                    events.add(StrictJson.parseObject(entry.value()));
                }
            }
        }
        return events;
    }
}
