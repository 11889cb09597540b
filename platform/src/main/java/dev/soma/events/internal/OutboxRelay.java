package dev.soma.events.internal;

import dev.soma.events.Publisher;
import dev.soma.events.Publisher.Message;
import dev.soma.events.Publisher.Outcome;
import dev.soma.events.Publisher.Outcome.Acknowledged;
import dev.soma.events.Publisher.Outcome.Poisoned;
import dev.soma.events.Publisher.Outcome.Unknown;
import dev.soma.runtime.StopOrder;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Carries the outbox to Kafka. Within a key an event leaves only after its predecessor was
/// acknowledged, so no
/// failure can swap two of them; different keys travel together in waves.
class OutboxRelay implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(OutboxRelay.class);

    private final JdbcClient jdbc;
    private final RelayLeases leases;
    private final Publisher publisher;
    private final RelayBell bell;
    private final EventsSettings settings;
    private final Counter published;
    private final Counter failed;
    private Map<Integer, Long> claimed = Map.of();
    private long claimedNanos;
    private volatile boolean running;
    private volatile Thread thread = Thread.currentThread();

    OutboxRelay(
            JdbcClient jdbc,
            RelayLeases leases,
            Publisher publisher,
            RelayBell bell,
            EventsSettings settings,
            MeterRegistry meters) {
        this.jdbc = jdbc;
        this.leases = leases;
        this.publisher = publisher;
        this.bell = bell;
        this.settings = settings;
        this.published = meters.counter("soma_events_published_total");
        this.failed = meters.counter("soma_events_publish_failures_total");
    }

    private record Row(long id, int bucket, String topic, String key, byte[] event) {
        Message message() {
            return new Message(topic, key, event);
        }
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofPlatform().name("outbox-relay").start(this::run);
    }

    private void run() {
        boolean topics = false;
        while (running) {
            try {
                topics = topics || publisher.ensureTopics();
                bell.await(Math.max(50, settings.relayIntervalMillis()));
                Thread.sleep(settings.relayIntervalMillis());
                if (topics) {
                    drain();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (DataAccessException e) {
                log.atWarn().log("the outbox cannot be read; the relay tries again");
            }
        }
    }

    private void drain() throws InterruptedException {
        Map<Integer, Long> held = held();
        List<Row> rows = pending(held);
        while (!rows.isEmpty() && publish(rows, held) && rows.size() == settings.relayBatchRows()) {
            rows = pending(held);
        }
    }

    /// The buckets of this relay; the lease is renewed five times within its length.
    private Map<Integer, Long> held() {
        long now = System.nanoTime();
        if (claimed.isEmpty() || now - claimedNanos > settings.relayLeaseMillis() * 200_000L) {
            claimed = leases.claim();
            claimedNanos = now;
        }
        return claimed;
    }

    private List<Row> pending(Map<Integer, Long> held) {
        return jdbc.sql(
                        """
                        SELECT id, bucket, topic, partition_key, event FROM outbox o
                        WHERE bucket = ANY(?::int[])
                          AND NOT EXISTS (SELECT 1 FROM outbox_stuck s WHERE s.partition_key = o.partition_key)
                        ORDER BY id LIMIT ?
                        """)
                .param(held.keySet().toArray(Integer[]::new))
                .param(settings.relayBatchRows())
                .query(
                        (row, i) ->
                                new Row(
                                        row.getLong(1),
                                        row.getInt(2),
                                        row.getString(3),
                                        row.getString(4),
                                        row.getBytes(5)))
                .list();
    }

    /// Sends one batch in waves, one event of each key at a time.
    ///
    /// @return false when something was not acknowledged, so that the caller waits before it tries
    /// again
    private boolean publish(List<Row> rows, Map<Integer, Long> held) throws InterruptedException {
        Map<String, List<Row>> byKey = new LinkedHashMap<>();
        rows.forEach(row -> byKey.computeIfAbsent(row.key(), key -> new ArrayList<>()).add(row));
        boolean allWell = true;
        for (int step = 0; !byKey.isEmpty(); step++) {
            int index = step;
            byKey.values().removeIf(events -> events.size() <= index);
            List<Row> wave = byKey.values().stream().map(events -> events.get(index)).toList();
            List<Outcome> outcomes = publisher.send(wave.stream().map(Row::message).toList());
            List<Row> done = new ArrayList<>(wave.size());
            for (int i = 0; i < wave.size(); i++) {
                Row row = wave.get(i);
                switch (outcomes.get(i)) {
                    case Acknowledged() -> done.add(row);
                    case Unknown() -> byKey.remove(row.key());
                    case Poisoned(String reason) -> {
                        byKey.remove(row.key());
                        stick(row, reason);
                    }
                }
            }
            delete(done, held);
            failed.increment(wave.size() - done.size());
            allWell &= done.size() == wave.size();
        }
        return allWell;
    }

    /// Removes acknowledged rows if this relay still holds their buckets under the same epoch. Rows
    /// of a lost bucket
    /// stay, and the new owner sends them again; the inbox of each consumer removes that duplicate.
    private void delete(List<Row> rows, Map<Integer, Long> held) {
        if (rows.isEmpty()) {
            return;
        }
        int deleted =
                jdbc.sql(
                                """
                                DELETE FROM outbox o USING relay_lease l,
                                  unnest(?::bigint[], ?::bigint[]) AS done (id, epoch)
                                WHERE o.id = done.id AND l.bucket = o.bucket AND l.epoch = done.epoch
                                """)
                        .param(rows.stream().map(Row::id).toArray(Long[]::new))
                        .param(
                                rows.stream()
                                        .map(row -> held.getOrDefault(row.bucket(), -1L))
                                        .toArray(Long[]::new))
                        .update();
        published.increment(deleted);
        if (deleted < rows.size()) {
            log.atWarn()
                    .addKeyValue("rows", rows.size() - deleted)
                    .log("a newer relay took over while this one published");
        }
    }

    private void stick(Row row, String reason) {
        log.atError()
                .addKeyValue("topic", row.topic())
                .addKeyValue("outbox_id", row.id())
                .addKeyValue("bytes", row.event().length)
                .log("Kafka refuses an event for good: " + reason);
        jdbc.sql(
                        "INSERT INTO outbox_stuck (partition_key, outbox_id, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                .param(row.key())
                .param(row.id())
                .param(reason)
                .update();
    }

    @Override
    public void stop() {
        running = false;
        bell.ring();
        try {
            thread.join(10_000);
            drain();
            leases.release();
            publisher.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DataAccessException e) {
            log.atWarn()
                    .log("the last events of this process stay in the outbox for the next relay");
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.RELAY;
    }
}
