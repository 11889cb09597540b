package dev.soma.policy.internal;

import dev.soma.audit.AuditLog;
import dev.soma.audit.AuditLog.Entry;
import dev.soma.events.Publisher;
import dev.soma.events.Publisher.Message;
import dev.soma.events.Publisher.Outcome;
import dev.soma.events.Topic;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.StopOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Tells every decision of this node's log on `policy.decisions`: the log is the outbox, a row in
/// PostgreSQL says how
/// far it was told. After a crash a few are told twice; their id, origin and index, is the same.
class DecisionRelay implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(DecisionRelay.class);
    private static final int BATCH = 256;
    private static final int IDLE_MILLIS = 50;

    private final AuditLog audit;
    private final Publisher publisher;
    private final JdbcClient jdbc;
    private final DecisionRepository decisions;
    private volatile boolean running;
    private volatile Thread thread = Thread.currentThread();
    private long next;

    DecisionRelay(
            AuditLog audit, Publisher publisher, JdbcClient jdbc, DecisionRepository decisions) {
        this.decisions = decisions;
        this.audit = audit;
        this.publisher = publisher;
        this.jdbc = jdbc;
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofPlatform().name("decision-relay").start(this::run);
    }

    private void run() {
        boolean ready = false;
        while (running) {
            try {
                ready = ready || prepare();
                if (!ready || !step()) {
                    Thread.sleep(IDLE_MILLIS);
                }
            } catch (DataAccessException e) {
                log.atWarn()
                        .log(
                                "the cursor of the decision relay cannot be read or moved; tried again");
                pause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running = false;
        }
    }

    private boolean prepare() throws InterruptedException {
        next =
                jdbc.sql("SELECT next_index FROM decision_relay_cursor WHERE origin = ?")
                        .param(audit.origin())
                        .query(Long.class)
                        .optional()
                        .orElse(0L);
        return publisher.ensureTopics();
    }

    /// Tells one batch.
    ///
    /// @return true when more waits and the brokers took all of this; else the caller gathers first
    private boolean step() throws InterruptedException {
        List<Entry> entries = audit.read(next, BATCH);
        if (entries.isEmpty()) {
            return false;
        }
        List<Message> messages = new ArrayList<>();
        List<Long> indexes = new ArrayList<>();
        Map<UUID, Long> verdicts = new LinkedHashMap<>();
        Map<UUID, Long> turns = new LinkedHashMap<>();
        for (Entry entry : entries) {
            JsonObject content = entry.content();
            if (isVerdict(content)) {
                verdicts.put(TurnEntries.decision(content), entry.index());
            } else if (content.text("type").equals(Optional.of("turn"))) {
                turns.put(TurnEntries.decision(content), entry.index());
            }
            message(entry, content)
                    .ifPresent(
                            message -> {
                                messages.add(message);
                                indexes.add(entry.index());
                            });
        }
        // Where they stand, for whoever looks a decision up by its id.
        decisions.placeVerdicts(audit.origin(), verdicts);
        decisions.placeTurns(audit.origin(), turns);
        List<Outcome> outcomes = publisher.send(messages);
        long told = entries.getLast().index() + 1;
        for (int i = outcomes.size() - 1; i >= 0; i--) {
            if (!(outcomes.get(i) instanceof Outcome.Acknowledged)) {
                told = indexes.get(i);
            }
        }
        move(told);
        return told == entries.getLast().index() + 1 && entries.size() == BATCH;
    }

    private static boolean isVerdict(JsonObject content) {
        String type = content.text("type").orElse("");
        return type.equals("verdict") || type.equals("evaluation");
    }

    private void move(long told) {
        if (told == next) {
            return;
        }
        jdbc.sql(
                        """
                        INSERT INTO decision_relay_cursor (origin, next_index) VALUES (?, ?)
                        ON CONFLICT (origin) DO UPDATE SET next_index = greatest(decision_relay_cursor.next_index, excluded.next_index)
                        """)
                .param(audit.origin())
                .param(told)
                .update();
        next = told;
    }

    private Optional<Message> message(Entry entry, JsonObject content) {
        if (!isVerdict(content) && !content.text("type").equals(Optional.of("act"))) {
            return Optional.empty();
        }
        String tenant = content.text("tenant").orElse("");
        String decision = content.text("decision_id").orElse("");
        JsonObject event =
                JsonValue.object()
                        .put("specversion", "1.0")
                        .put("id", audit.origin() + "/" + entry.index())
                        .put("source", audit.origin())
                        .put("type", "soma.policy.decided")
                        .put("subject", decision)
                        .put("time", time(content))
                        .put("datacontenttype", "application/json")
                        .put("tenant", tenant)
                        .put("sequence", Long.toString(entry.index()))
                        .put("data", data(content, entry.index()))
                        .build();
        return Optional.of(
                new Message(
                        Topic.POLICY_DECISIONS.topicName(),
                        tenant + ":" + decision,
                        CanonicalJson.JCS.bytes(event)));
    }

    private JsonObject data(JsonObject content, long index) {
        var data = JsonValue.object();
        content.members().forEach(data::put);
        return data.put("log_origin", audit.origin()).put("log_index", index).build();
    }

    private static String time(JsonObject content) {
        long micros =
                content.members().get("ts_us") instanceof JsonInteger(var number)
                        ? number.longValueExact()
                        : 0;
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }

    @Override
    public void stop() {
        running = false;
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        publisher.close();
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
