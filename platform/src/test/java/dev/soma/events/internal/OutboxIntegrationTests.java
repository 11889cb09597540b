package dev.soma.events.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.soma.devkit.FaultProxy;
import dev.soma.devkit.TestEngines;
import dev.soma.events.EventDraft;
import dev.soma.events.Topic;
import dev.soma.harness.ModuleDatabase;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// From a transaction to Kafka and, once, to a consumer's effect.
class OutboxIntegrationTests {
    private static final int PATIENCE_SECONDS = 60;

    private final List<OutboxRelay> relays = new ArrayList<>();
    private final String tenant = "t" + UUID.randomUUID().toString().substring(0, 13);
    private ModuleDatabase database;
    private PostgresOutbox outbox;
    private RelayBell bell;

    @BeforeEach
    void open() throws Exception {
        database = new ModuleDatabase("events");
        bell = new RelayBell();
        outbox =
                new PostgresOutbox(
                        database.pipeline(), InstantSource.system(), new EventSchemas(), bell);
    }

    @AfterEach
    void close() {
        relays.forEach(OutboxRelay::stop);
        database.close();
    }

    private EventDraft event(String subject, String requestId) {
        JsonObject data =
                JsonValue.object()
                        .put("event", "user.saved")
                        .put("by", "root")
                        .put("by_tenant", "platform")
                        .put("request_id", requestId)
                        .put("active", JsonValue.of(true))
                        .build();
        return new EventDraft(
                UUID.randomUUID(),
                Topic.IDENTITY_AUDIT,
                new TenantId(tenant),
                subject,
                "soma.identity.user.saved",
                data,
                EventDraft.Origin.NONE);
    }

    private void add(EventDraft... events) {
        database.transactions().executeWithoutResult(status -> outbox.add(List.of(events)));
    }

    private void relay(String bootstrap, String owner, int leaseMillis) {
        EventsSettings settings = new EventsSettings(25, 64, leaseMillis, 100, 1_800);
        OutboxRelay relay =
                new OutboxRelay(
                        database.jdbc(),
                        new RelayLeases(database.jdbc(), owner, leaseMillis),
                        new KafkaPublisher(new KafkaSettings(bootstrap, 3_000, (short) 1), owner),
                        bell,
                        settings,
                        new SimpleMeterRegistry());
        relays.add(relay);
        relay.start();
    }

    private long waiting() {
        return database.jdbc().sql("SELECT count(*) FROM outbox").query(Long.class).single();
    }

    private void awaitEmpty() {
        await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> waiting() == 0);
    }

    /// What Kafka holds of this tenant, in the order of the topic's one partition.
    private List<JsonObject> published() throws Exception {
        Map<String, Object> config =
                Map.of("bootstrap.servers", TestEngines.kafka().bootstrapServers());
        List<JsonObject> found = new ArrayList<>();
        try (var consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition("identity.audit", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                for (var entry : consumer.poll(Duration.ofMillis(500))) {
                    JsonObject event = StrictJson.parseObject(entry.value());
                    if (event.text("tenant").orElse("").equals(tenant)) {
                        found.add(event);
                    }
                }
            }
        }
        return found;
    }

    private static List<Integer> numbers(List<JsonObject> events, String subject) {
        return events.stream()
                .filter(event -> event.text("subject").orElse("").equals(subject))
                .map(event -> Integer.valueOf(event.text("sequence").orElse("")))
                .toList();
    }

    private static List<Integer> upTo(int n) {
        return java.util.stream.IntStream.rangeClosed(1, n).boxed().toList();
    }

    @Test
    void numbersAreGaplessPerKeyWhateverRollsBack() throws Exception {
        Map<String, Integer> expected = new HashMap<>();
        List<Callable<Map<String, Integer>>> work = new ArrayList<>();
        for (int thread = 0; thread < 12; thread++) {
            long seed = thread;
            work.add(() -> manyTransactions(new Random(seed)));
        }
        try (var threads = Executors.newFixedThreadPool(12)) {
            for (Future<Map<String, Integer>> done : threads.invokeAll(work)) {
                done.get().forEach((key, n) -> expected.merge(key, n, Integer::sum));
            }
        }
        for (String key : expected.keySet()) {
            assertThat(
                            database.jdbc()
                                    .sql(
                                            "SELECT seq::int FROM outbox WHERE partition_key = ? ORDER BY id")
                                    .param(tenant + ":" + key)
                                    .query(Integer.class)
                                    .list())
                    .isEqualTo(upTo(expected.getOrDefault(key, 0)));
        }
    }

    private Map<String, Integer> manyTransactions(Random random) {
        Map<String, Integer> committed = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            List<EventDraft> events = new ArrayList<>();
            for (int n = 0; n <= random.nextInt(3); n++) {
                events.add(event("k" + random.nextInt(4), "r"));
            }
            boolean rollBack = random.nextInt(4) == 0;
            database.transactions()
                    .executeWithoutResult(
                            status -> {
                                outbox.add(events);
                                if (rollBack) {
                                    status.setRollbackOnly();
                                }
                            });
            if (!rollBack) {
                events.forEach(event -> committed.merge(event.subject(), 1, Integer::sum));
            }
        }
        return committed;
    }

    @Test
    void eventsNeedATransactionAndKeepTheirSchema() {
        assertThatThrownBy(() -> outbox.add(List.of(event("a", "r"))))
                .isInstanceOf(IllegalStateException.class);
        EventDraft good = event("a", "r");
        EventDraft bad =
                new EventDraft(
                        good.id(),
                        good.topic(),
                        good.tenant(),
                        good.subject(),
                        good.type(),
                        JsonValue.object().put("surprise", 1).build(),
                        good.origin());
        assertThatThrownBy(() -> add(good, bad)).isInstanceOf(IllegalArgumentException.class);
        assertThat(waiting()).isZero();
    }

    @Test
    void nothingIsLostOrReorderedWhenKafkaDiesInTheMiddle() throws Exception {
        relay(TestEngines.kafka().bootstrapServers(), "relay-a", 5_000);
        for (int i = 0; i < 60; i++) {
            add(event("k" + i % 5, "r"));
        }
        TestEngines.kafka().process().kill();
        for (int i = 0; i < 60; i++) {
            add(event("k" + i % 5, "r"), event("k" + (i + 1) % 5, "r"));
        }
        TestEngines.kafka().process().start();
        awaitEmpty();

        Map<String, List<Integer>> applied = new LinkedHashMap<>();
        PostgresInbox inbox = new PostgresInbox(database.jdbc(), database.transactions());
        for (JsonObject event : published()) {
            inbox.once(
                    "test",
                    event.text("source").orElseThrow(),
                    event.text("id").orElseThrow(),
                    () ->
                            applied.computeIfAbsent(
                                            event.text("subject").orElseThrow(),
                                            key -> new ArrayList<>())
                                    .add(Integer.valueOf(event.text("sequence").orElseThrow())));
        }
        assertThat(applied).hasSize(5);
        applied.values().forEach(numbers -> assertThat(numbers).isEqualTo(upTo(36)));
    }

    @Test
    void theInboxAppliesNothingWhoseEffectFailed() {
        PostgresInbox inbox = new PostgresInbox(database.jdbc(), database.transactions());
        assertThatThrownBy(
                        () ->
                                inbox.once(
                                        "c",
                                        "s",
                                        "1",
                                        () -> {
                                            throw new IllegalStateException("broken");
                                        }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(inbox.once("c", "s", "1", () -> {})).isTrue();
        assertThat(inbox.once("c", "s", "1", () -> {})).isFalse();
    }

    @Test
    void aRelayThatLostItsLeaseDeletesNothing() throws Exception {
        String direct = TestEngines.kafka().bootstrapServers();
        try (FaultProxy slow = TestEngines.kafka().faultProxy()) {
            relay("127.0.0.1:" + slow.port(), "relay-slow", 400);
            add(event("a", "first"));
            awaitEmpty();
            slow.stall();
            add(event("a", "second"));
            RelayLeases taker = new RelayLeases(database.jdbc(), "relay-taker", 60_000);
            await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                    .until(() -> taker.claim().size() == PostgresOutbox.BUCKETS);
            slow.resume();
            await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                    .until(() -> numbers(published(), "a").contains(2));
            assertThat(waiting()).isEqualTo(1);
        }
        relay(direct, "relay-taker", 60_000);
        awaitEmpty();
        assertThat(numbers(published(), "a").stream().distinct().toList()).isEqualTo(upTo(2));
    }

    @Test
    void aPoisonRecordStopsOnlyItsKey() throws Exception {
        relay(TestEngines.kafka().bootstrapServers(), "relay-a", 5_000);
        add(event("sick", "fine"));
        awaitEmpty();
        add(event("sick", "x".repeat(2_000_000)), event("sick", "after"), event("well", "fine"));
        await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> waiting() == 2);
        add(event("well", "fine"), event("sick", "later"));
        await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> waiting() == 3);
        assertThat(
                        database.jdbc()
                                .sql("SELECT reason FROM outbox_stuck WHERE partition_key = ?")
                                .param(tenant + ":sick")
                                .query(String.class)
                                .single())
                .isEqualTo("the record is too large");
        List<JsonObject> published = published();
        assertThat(numbers(published, "sick")).isEqualTo(upTo(1));
        assertThat(numbers(published, "well")).isEqualTo(upTo(2));
    }
}
