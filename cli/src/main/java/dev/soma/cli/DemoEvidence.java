package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.verifier.Outcome;
import dev.soma.verifier.Witnessed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The last part of the demo: what Kafka was told against what the audit log holds, and the log
/// against its verifier.
final class DemoEvidence {
    private static final Duration TOLD_WITHIN = Duration.ofSeconds(30);
    private static final Duration WITNESSED_WITHIN = Duration.ofSeconds(70);
    private static final long LOOK_EVERY_MILLIS = 100;

    private final Home home;
    private final Connection connection;
    private final Stage stage;
    private final String tenant;

    DemoEvidence(Home home, Connection connection, Stage stage, String tenant) {
        this.home = home;
        this.connection = connection;
        this.stage = stage;
        this.tenant = tenant;
    }

    void show() throws Exception {
        kafka();
        new DemoReceipts(home, connection, stage, tenant).show();
        audit();
    }

    private void kafka() throws Exception {
        stage.title("What Kafka was told, read back with a plain consumer");
        Map<String, JsonNode> logged = decisionsOfLog();
        Map<String, JsonNode> told = awaitTold(logged.keySet());
        stage.received(
                "policy.decisions: %d decisions of this tenant; the audit log has %d"
                        .formatted(told.size(), logged.size()));
        boolean same =
                logged.entrySet().stream()
                        .allMatch(
                                entry ->
                                        entry.getValue()
                                                .path("verdict")
                                                .equals(
                                                        told.getOrDefault(
                                                                        entry.getKey(),
                                                                        entry.getValue())
                                                                .path("verdict")));
        stage.hold(
                told.keySet().equals(logged.keySet()) && same,
                "policy.decisions and the audit log match one to one");
        Map<String, Integer> kinds = new TreeMap<>();
        Map<String, Integer> wanted = wantedEvents(logged);
        Instant deadline = Instant.now().plus(TOLD_WITHIN);
        do {
            kinds.clear();
            for (JsonNode event : read("conversation.events")) {
                kinds.merge(
                        event.path("type").asString().replace("soma.conversation.", ""),
                        1,
                        Integer::sum);
            }
        } while (!kinds.equals(wanted) && Instant.now().isBefore(deadline));
        stage.received("conversation.events: " + kinds);
        stage.hold(
                kinds.equals(wanted),
                "every turn has its events: accepted and completed, or refused");
    }

    /// The verdicts and privileged acts of this demo's tenant.
    private Map<String, JsonNode> decisionsOfLog() throws Exception {
        Map<String, JsonNode> decisions = new HashMap<>();
        long cursor = 0;
        long size = 1;
        while (cursor < size) {
            JsonNode page =
                    PlatformClient.require(
                                    "reading the audit log",
                                    connection
                                            .admin()
                                            .get("/v1/audit/entries?limit=1000&cursor=" + cursor))
                            .json();
            for (JsonNode item : page.path("items")) {
                JsonNode entry = item.path("entry");
                String type = entry.path("type").asString();
                if (entry.path("tenant").asString("").equals(tenant)
                        && (type.equals("verdict") || type.equals("act"))) {
                    decisions.put(entry.path("decision_id").asString(), entry);
                }
            }
            cursor = page.path("next").asLong();
            size = page.path("size").asLong();
        }
        return decisions;
    }

    private Map<String, JsonNode> awaitTold(Set<String> expected) {
        Instant deadline = Instant.now().plus(TOLD_WITHIN);
        Map<String, JsonNode> told = new HashMap<>();
        while (!told.keySet().containsAll(expected) && Instant.now().isBefore(deadline)) {
            told.clear();
            read("policy.decisions")
                    .forEach(
                            event ->
                                    told.put(event.path("subject").asString(), event.path("data")));
        }
        return told;
    }

    /// What `conversation.events` has to hold for the verdicts of the log: the one turn of bob's
    /// that met the empty
    /// budget was allowed by its verdict and refused at admission.
    private static Map<String, Integer> wantedEvents(Map<String, JsonNode> logged) {
        Map<String, Integer> wanted = new TreeMap<>();
        int allowed = 0;
        for (JsonNode entry : logged.values()) {
            if (entry.path("type").asString().equals("verdict")) {
                boolean allow = entry.path("verdict").asString().equals("allow");
                allowed += allow ? 1 : 0;
                if (!allow) {
                    wanted.merge("turn.refused", 1, Integer::sum);
                }
            }
        }
        wanted.merge("turn.refused", 1, Integer::sum);
        wanted.put("turn.accepted", allowed - 1);
        wanted.put("turn.completed", allowed - 1);
        return wanted;
    }

    /// Every event of this tenant on a topic, each once.
    private List<JsonNode> read(String topic) {
        Map<String, Object> settings =
                Map.of(
                        "bootstrap.servers",
                        connection.kafka(),
                        "auto.offset.reset",
                        "earliest",
                        "enable.auto.commit",
                        false,
                        "default.api.timeout.ms",
                        10_000);
        List<JsonNode> events = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        try (var consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(topic).stream()
                            .map(info -> new TopicPartition(topic, info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(
                            partition ->
                                    consumer.position(partition)
                                            < ends.getOrDefault(partition, 0L))) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(
                                row -> {
                                    JsonNode event = JsonMapper.shared().readTree(row.value());
                                    if (event.path("tenant").asString().equals(tenant)
                                            && seen.add(event.path("id").asString())) {
                                        events.add(event);
                                    }
                                });
            }
        }
        return events;
    }

    private void audit() throws IOException {
        stage.title("The audit log, verified offline, and then a copy with one bit changed");
        Path key = AuditCommand.key(home);
        Path log = AuditCommand.log(home);
        // The witness is asked once a second, and less often while it was not there.
        Instant deadline = Instant.now().plus(WITNESSED_WITHIN);
        while (!Files.exists(log.resolve(Witnessed.FILE)) && Instant.now().isBefore(deadline)) {
            Waiting.millis(LOOK_EVERY_MILLIS);
        }
        stage.sent("./soma audit verify");
        Outcome whole = AuditCommand.verify(home, log);
        stage.received(describe(whole));
        stage.hold(
                whole instanceof Outcome.Verified,
                "the whole log verifies with code that the platform does not share");
        stage.hold(
                whole instanceof Outcome.Verified verified && verified.witnessed().isPresent(),
                "it is the history that a witness with a key of its own saw");
        Path copy = Files.createTempDirectory("soma-audit-copy");
        try {
            LogCopy.of(log, copy);
            long entry = flipOneBit(copy);
            stage.sent(
                    "./soma audit verify (a copy), one bit of entry %d flipped".formatted(entry));
            Outcome broken = AuditCommand.verify(copy, key, Optional.empty());
            stage.received(describe(broken));
            stage.hold(
                    broken instanceof Outcome.Broken(OptionalLong at, String reason)
                            && at.equals(OptionalLong.of(entry)),
                    "the change is found, at the right entry");
        } finally {
            Home.deleteTree(copy);
        }
    }

    private static String describe(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Verified verified ->
                    "verified: %d entries %s, witnessed %d"
                            .formatted(
                                    verified.size(),
                                    verified.counts(),
                                    verified.witnessed().orElse(0));
            case Outcome.Broken(OptionalLong entry, String reason) ->
                    "NOT the log that was written: " + AuditCommand.at(entry) + reason;
        };
    }

    /// Flips a bit of entry 5 in the first segment.
    ///
    /// @return the index of that entry
    private static long flipOneBit(Path log) throws IOException {
        Path segment = log.resolve("segments/%020d.seg".formatted(0));
        byte[] bytes = Files.readAllBytes(segment);
        int offset = 0;
        for (int i = 0; i < 5; i++) {
            offset += 8 + ByteBuffer.wrap(bytes, offset, 4).getInt();
        }
        bytes[offset + 8 + 10] ^= 1;
        Files.write(segment, bytes);
        return 5;
    }
}
