package dev.soma.events.internal;

import dev.soma.events.Publisher;
import dev.soma.events.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// [Publisher] on the idempotent producer with `acks=all`; no Kafka transactions.
class KafkaPublisher implements Publisher {
    private final KafkaSettings settings;
    private final KafkaProducer<byte[], byte[]> producer;

    KafkaPublisher(KafkaSettings settings, String clientId) {
        this.settings = settings;
        this.producer =
                new KafkaProducer<>(
                        Map.of(
                                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                settings.bootstrapServers(),
                                ProducerConfig.CLIENT_ID_CONFIG,
                                clientId,
                                ProducerConfig.ACKS_CONFIG,
                                "all",
                                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                                true,
                                ProducerConfig.LINGER_MS_CONFIG,
                                0,
                                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                                5_000,
                                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                                settings.deliveryTimeoutMillis() / 2,
                                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                                settings.deliveryTimeoutMillis(),
                                ProducerConfig.BUFFER_MEMORY_CONFIG,
                                16L << 20),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
    }

    @Override
    public List<Outcome> send(List<Message> messages) throws InterruptedException {
        List<Future<RecordMetadata>> sent = new ArrayList<>(messages.size());
        for (Message message : messages) {
            // While no broker answers, each send would block anew.
            boolean away = !sent.isEmpty() && sent.getLast().isDone() && isAway(sent.getLast());
            sent.add(away ? sent.getLast() : start(message));
        }
        List<Outcome> outcomes = new ArrayList<>(messages.size());
        for (Future<RecordMetadata> pending : sent) {
            try {
                pending.get();
                outcomes.add(new Outcome.Acknowledged());
            } catch (ExecutionException e) {
                outcomes.add(judge(e));
            }
        }
        return outcomes;
    }

    private static boolean isAway(Future<RecordMetadata> last) {
        return last.state() == Future.State.FAILED
                && last.exceptionNow() instanceof TimeoutException;
    }

    private Future<RecordMetadata> start(Message message) {
        byte[] key = message.key().getBytes(StandardCharsets.UTF_8);
        try {
            return producer.send(new ProducerRecord<>(message.topic(), key, message.event()));
        } catch (KafkaException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Outcome judge(Throwable failure) {
        Throwable root =
                failure instanceof ExecutionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        return switch (root) {
            case RecordTooLargeException e -> new Outcome.Poisoned("the record is too large");
            case RecordBatchTooLargeException e -> new Outcome.Poisoned("the record is too large");
            case InvalidTopicException e -> new Outcome.Poisoned("the topic name is not valid");
            default -> new Outcome.Unknown();
        };
    }

    @Override
    public boolean ensureTopics() throws InterruptedException {
        try (Admin admin = openAdmin(settings)) {
            Set<String> present = admin.listTopics().names().get();
            List<NewTopic> missing =
                    Arrays.stream(Topic.values())
                            .filter(topic -> !present.contains(topic.topicName()))
                            .map(this::describe)
                            .toList();
            admin.createTopics(missing).all().get();
            return true;
        } catch (ExecutionException e) {
            return e.getCause() instanceof TopicExistsException;
        } catch (KafkaException e) {
            return false;
        }
    }

    private NewTopic describe(Topic topic) {
        return new NewTopic(topic.topicName(), topic.partitions(), settings.replicationFactor())
                .configs(
                        Map.of(
                                TopicConfig.CLEANUP_POLICY_CONFIG, topic.cleanup(),
                                TopicConfig.RETENTION_MS_CONFIG,
                                        Long.toString(topic.retentionMillis())));
    }

    static Admin openAdmin(KafkaSettings settings) {
        return Admin.create(
                Map.of(
                        "bootstrap.servers", settings.bootstrapServers(),
                        "request.timeout.ms", 3_000,
                        "default.api.timeout.ms", 5_000));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
