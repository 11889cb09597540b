package dev.soma.events.internal;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;

import dev.soma.events.EventDraft;
import dev.soma.events.Outbox;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Pipeline.Answer;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Two statements for any number of events: one takes the next numbers of each key, one writes the
/// rows.
class PostgresOutbox implements Outbox {
    static final int BUCKETS = 16;

    private final Pipeline pipeline;
    private final InstantSource clock;
    private final EventSchemas schemas;
    private final RelayBell bell;

    PostgresOutbox(Pipeline pipeline, InstantSource clock, EventSchemas schemas, RelayBell bell) {
        this.pipeline = pipeline;
        this.clock = clock;
        this.schemas = schemas;
        this.bell = bell;
    }

    @Override
    public Places reserve(List<String> partitionKeys) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException(
                    "events belong into the transaction that makes them true");
        }
        TreeMap<String, Long> counts = new TreeMap<>();
        partitionKeys.forEach(key -> counts.merge(key, 1L, Long::sum));
        if (counts.isEmpty()) {
            return events -> fill(Map.of(), counts, events);
        }
        Answer<Map<String, Long>> first = takeNumbers(counts);
        return events -> fill(first.get(), counts, events);
    }

    private void fill(Map<String, Long> first, Map<String, Long> counts, List<EventDraft> events) {
        Map<String, Long> wanted =
                events.stream().collect(groupingBy(EventDraft::partitionKey, counting()));
        if (!wanted.equals(counts)) {
            throw new IllegalArgumentException("other events than those that have places");
        }
        if (events.isEmpty()) {
            return;
        }
        events.forEach(event -> schemas.require(event.type(), event.data()));
        insert(events, new HashMap<>(first));
        TransactionSynchronizationManager.registerSynchronization(
                new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                        bell.ring();
                    }
                });
    }

    /// The first free number of each key. Keys are locked in their natural order, so that two
    /// transactions cannot
    /// wait for each other.
    private Answer<Map<String, Long>> takeNumbers(Map<String, Long> counts) {
        return pipeline.sql(
                        """
                        INSERT INTO outbox_head AS head (partition_key, seq)
                        SELECT * FROM unnest(?::text[], ?::bigint[])
                        ON CONFLICT (partition_key) DO UPDATE SET seq = head.seq + excluded.seq
                        RETURNING partition_key, seq
                        """)
                .param(counts.keySet().toArray(String[]::new))
                .param(counts.values().toArray(Long[]::new))
                .ask(row -> Map.entry(row.getString(1), row.getLong(2)))
                .map(
                        heads ->
                                heads.stream()
                                        .collect(
                                                toMap(
                                                        Map.Entry::getKey,
                                                        head ->
                                                                head.getValue()
                                                                        - counts.getOrDefault(
                                                                                head.getKey(), 0L)
                                                                        + 1)));
    }

    private void insert(List<EventDraft> events, Map<String, Long> next) {
        int n = events.size();
        Integer[] buckets = new Integer[n];
        String[] topics = new String[n];
        String[] keys = new String[n];
        Long[] numbers = new Long[n];
        byte[][] bodies = new byte[n][];
        for (int i = 0; i < n; i++) {
            EventDraft event = events.get(i);
            keys[i] = event.partitionKey();
            numbers[i] = next.merge(keys[i], 1L, Long::sum) - 1;
            topics[i] = event.topic().topicName();
            buckets[i] = Math.floorMod(keys[i].hashCode(), BUCKETS);
            bodies[i] = CanonicalJson.JCS.bytes(envelope(event, numbers[i]));
        }
        pipeline.sql(
                        """
                        INSERT INTO outbox (bucket, topic, partition_key, seq, event)
                        SELECT * FROM unnest(?::int[], ?::text[], ?::text[], ?::bigint[], ?::bytea[])
                        """)
                .param(buckets)
                .param(topics)
                .param(keys)
                .param(numbers)
                .param(bodies)
                .tell();
    }

    /// CloudEvents 1.0, JSON format, with the sequence extension.
    private JsonValue envelope(EventDraft event, long sequence) {
        var envelope =
                JsonValue.object()
                        .put("specversion", "1.0")
                        .put("id", event.id().toString())
                        .put("source", "soma/outbox")
                        .put("type", event.type())
                        .put("subject", event.subject())
                        .put("time", clock.instant().truncatedTo(ChronoUnit.MICROS).toString())
                        .put("datacontenttype", "application/json")
                        .put("tenant", event.tenant().value())
                        .put("sequence", Long.toString(sequence))
                        .put("data", event.data());
        event.origin().traceparent().ifPresent(trace -> envelope.put("traceparent", trace));
        event.origin().constitutionHash().ifPresent(hash -> envelope.put("constitutionhash", hash));
        return envelope.build();
    }
}
