package dev.soma.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.acceptance.AuditFolder.Entry;
import dev.soma.acceptance.ChatClient.Heard;
import dev.soma.acceptance.ChatClient.Reached;
import dev.soma.acceptance.KafkaTopic.Event;
import dev.soma.devkit.Part;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;

/// Everything that lies in Kafka, PostgreSQL and the audit log after the crashes, and what must be
/// true of it.
final class CrashEvidence {
    private static final String CONVERSATION = "conversation.events";
    private static final String DECISIONS = "policy.decisions";
    private static final String TYPE = "soma.conversation.";

    private final Database database;
    private final List<Entry> audit;
    private final String origin;
    private final List<Event> rawEvents;
    private final List<Event> events;
    private final List<Event> rawDecisions;
    private final Map<String, Set<String>> typesByTurn = new HashMap<>();

    private CrashEvidence(PackedPlatform platform) throws IOException {
        database = new Database(platform.stack().database());
        audit = platform.audit().entries();
        origin = platform.audit().origin();
        String kafka = platform.address(Part.KAFKA);
        rawEvents = KafkaTopic.read(kafka, CONVERSATION);
        events = KafkaTopic.afterInbox(rawEvents);
        rawDecisions = KafkaTopic.read(kafka, DECISIONS);
        for (Event event : events) {
            typesByTurn
                    .computeIfAbsent(event.data("turn_id"), turn -> new HashSet<>())
                    .add(event.text("type").replace(TYPE, ""));
        }
    }

    /// Waits until nothing runs and everything was told, then reads it all.
    static CrashEvidence collect(PackedPlatform platform) throws IOException {
        Database database = new Database(platform.stack().database());
        Awaitility.await("every turn ended, every event and decision told")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(
                        () -> {
                            assertThat(database.number("SELECT count(*) FROM outbox_stuck"))
                                    .as("keys stuck in the outbox")
                                    .isZero();
                            assertThat(running(database)).as("running turns").isZero();
                            assertThat(database.number("SELECT count(*) FROM outbox"))
                                    .as("rows left in the outbox")
                                    .isZero();
                            assertThat(database.number(told()))
                                    .as("entries told")
                                    .isEqualTo(platform.audit().entries().size());
                        });
        return new CrashEvidence(platform);
    }

    private static String told() {
        return "SELECT coalesce(max(next_index), 0) FROM decision_relay_cursor";
    }

    private static long running(Database database) throws SQLException {
        return database.number("SELECT count(*) FROM turn WHERE state = 'RUNNING'");
    }

    /// Every turn that a client was told of has its events.
    void assertAcknowledgedTurnsAreTold(List<Heard> heard) {
        List<String> missing = new ArrayList<>();
        for (Heard turn : heard) {
            Set<String> types = typesByTurn.getOrDefault(turn.turn, Set.of());
            boolean whole =
                    switch (turn.reached) {
                        case COMPLETED -> types.equals(Set.of("turn.accepted", "turn.completed"));
                        case ACCEPTED, FAILED ->
                                types.contains("turn.accepted") && types.size() == 2;
                        case REFUSED, NOTHING -> true;
                    };
            if (!whole) {
                missing.add(turn.reached + " turn " + turn.turn + " has only " + types);
            }
        }
        assertThat(missing).as("acknowledged turns whose events are not in Kafka").isEmpty();
    }

    /// The events of each key are 1, 2, 3 ... in the order of the partition, and as many as
    /// PostgreSQL committed.
    void assertOrderAndCompleteness() throws SQLException {
        Map<String, List<Long>> sequences = new TreeMap<>();
        Map<String, Integer> partitions = new HashMap<>();
        for (Event event : events) {
            String key = event.text("tenant") + ":" + event.text("subject");
            assertThat(event.key()).as("Kafka key of " + event.identity()).isEqualTo(key);
            assertThat(partitions.computeIfAbsent(key, k -> event.partition()))
                    .as("partition of key " + key)
                    .isEqualTo(event.partition());
            sequences
                    .computeIfAbsent(key, k -> new ArrayList<>())
                    .add(Long.parseLong(event.text("sequence")));
        }
        Map<String, Long> committed = new TreeMap<>();
        for (List<String> row : database.rows("SELECT partition_key, seq FROM outbox_head")) {
            if (sequences.containsKey(row.getFirst()) || isSession(row.getFirst())) {
                committed.put(row.getFirst(), Long.parseLong(row.getLast()));
            }
        }
        Map<String, Long> told = new TreeMap<>();
        sequences.forEach(
                (key, numbers) -> {
                    for (int i = 0; i < numbers.size(); i++) {
                        assertThat(numbers.get(i))
                                .as("place %d of key %s, which has %s", i, key, numbers)
                                .isEqualTo(i + 1L);
                    }
                    told.put(key, (long) numbers.size());
                });
        assertThat(told).as("events by key: in Kafka, and committed").isEqualTo(committed);
    }

    private boolean isSession(String key) throws SQLException {
        return database.number(
                        "SELECT count(*) FROM turn WHERE tenant || ':' || session = '%s'"
                                .formatted(key))
                > 0;
    }

    /// Duplicates are the same event again, byte for byte of its content.
    void assertDuplicatesAreCopies() {
        Map<String, Event> first = new HashMap<>();
        for (Event event : rawEvents) {
            Event known = first.putIfAbsent(event.identity(), event);
            if (known != null) {
                assertThat(event.body()).isEqualTo(known.body());
            }
        }
    }

    /// `policy.decisions` is the audit log's verdicts and acts, each once and unchanged.
    void assertDecisionsAreTold() {
        Map<String, Event> told = new LinkedHashMap<>();
        for (Event event : KafkaTopic.afterInbox(rawDecisions)) {
            assertThat(told.put(event.text("id"), event)).as(event.text("id")).isNull();
        }
        Set<String> logged = new HashSet<>();
        for (Entry entry : audit) {
            if (entry.is("verdict") || entry.is("act")) {
                String id = origin + "/" + entry.index();
                logged.add(id);
                Event event = told.get(id);
                assertThat(event).as("the telling of entry " + entry.index()).isNotNull();
                entry.content()
                        .propertyNames()
                        .forEach(
                                name ->
                                        assertThat(event.body().path("data").path(name))
                                                .as(id + " " + name)
                                                .isEqualTo(entry.content().path(name)));
            }
        }
        assertThat(told.keySet()).as("decisions told").isEqualTo(logged);
    }

    /// Each verdict has one admission, which agrees with PostgreSQL.
    void assertVerdictsAreAdmittedOrNot() throws SQLException {
        Map<String, Entry> admissions = new HashMap<>();
        for (Entry entry : audit) {
            if (entry.is("admission")) {
                assertThat(admissions.put(entry.text("decision_id"), entry))
                        .as("second admission, at entry " + entry.index())
                        .isNull();
            }
        }
        Map<String, String> states = new HashMap<>();
        for (List<String> row : database.rows("SELECT decision_id, state FROM turn")) {
            states.put(row.getFirst(), row.getLast());
        }
        for (Entry entry : audit) {
            if (entry.is("verdict")) {
                String decision = entry.text("decision_id");
                Entry admission = admissions.remove(decision);
                assertThat(admission).as("admission of entry " + entry.index()).isNotNull();
                assertThat(admission.content().path("verdict_index").asLong())
                        .isEqualTo(entry.index());
                String state = states.getOrDefault(decision, "REFUSED");
                assertThat(admission.text("outcome"))
                        .as("outcome of decision %s, whose turn is %s", decision, state)
                        .isEqualTo(state.equals("REFUSED") ? "not_admitted" : "admitted");
                states.remove(decision);
            }
        }
        assertThat(admissions).as("admissions without a verdict").isEmpty();
        assertThat(states).as("turns without a verdict").isEmpty();
    }

    /// Each admitted turn has one entry that says how it ended, with the digest of its journal.
    void assertEveryTurnHasItsReceipt() throws SQLException {
        Map<String, List<String>> receipts = new HashMap<>();
        for (Entry entry : audit) {
            if (entry.is("turn")) {
                List<String> said =
                        List.of(
                                entry.text("turn_id"),
                                entry.text("state"),
                                entry.text("journal_sha256"));
                assertThat(receipts.put(entry.text("decision_id"), said))
                        .as("second end, at entry " + entry.index())
                        .isNull();
            }
        }
        Map<String, List<String>> ended = new HashMap<>();
        for (List<String> row :
                database.rows(
                        """
                        SELECT t.decision_id, t.id, lower(t.state),
                          encode(sha256(string_agg(l.frames, ''::bytea ORDER BY l.first_seq)), 'hex')
                        FROM turn t JOIN conversation_log l
                          ON l.tenant = t.tenant AND l.session = t.session AND l.turn = t.id
                        WHERE t.state NOT IN ('REFUSED', 'RUNNING') GROUP BY t.id
                        """)) {
            ended.put(row.getFirst(), row.subList(1, 4));
        }
        assertThat(receipts).as("how turns ended").isEqualTo(ended);
    }

    /// No budget is held, and what was settled is the sum of what each turn cost.
    void assertBudgetsAreWhole() throws SQLException {
        assertThat(database.rows("SELECT id, held FROM budget_account WHERE held <> 0"))
                .as("accounts with a stranded hold")
                .isEmpty();
        assertThat(database.rows("SELECT turn FROM budget_hold WHERE settled_amount IS NULL"))
                .as("holds that nobody settled")
                .isEmpty();
        assertThat(
                        database.rows(
                                """
                                SELECT a.id, a.settled, coalesce(sum(h.settled_amount), 0)
                                FROM budget_account a LEFT JOIN budget_hold h ON h.account = a.id
                                GROUP BY a.id HAVING a.settled <> coalesce(sum(h.settled_amount), 0)
                                  OR a.settled + a.held > a.hard + a.overdraft
                                """))
                .as("accounts that do not add up")
                .isEmpty();
        assertThat(
                        database.rows(
                                """
                                SELECT t.id, t.state, t.input_tokens, t.output_tokens, h.amount, h.settled_amount
                                FROM turn t JOIN budget_hold h ON h.turn = t.id
                                JOIN budget_account a ON a.id = h.account AND a.unit = 'tokens'
                                WHERE h.settled_amount <> coalesce(t.input_tokens + t.output_tokens, h.amount)
                                """))
                .as("turns that paid something else than they used")
                .isEmpty();
        assertThat(database.rows("SELECT id FROM session WHERE running_turn IS NOT NULL"))
                .as("sessions that stay busy")
                .isEmpty();
    }

    /// What clients were told of the cost is what was settled.
    void assertToldUsageIsSettled(List<Heard> heard) throws SQLException {
        Map<String, String> used = new HashMap<>();
        for (List<String> row :
                database.rows("SELECT id, input_tokens + output_tokens FROM turn")) {
            used.put(row.getFirst(), row.getLast());
        }
        for (Heard turn : heard) {
            if (turn.reached == Reached.COMPLETED && turn.tokens >= 0) {
                assertThat(used.get(turn.turn))
                        .as("tokens of turn " + turn.turn)
                        .isEqualTo(Long.toString(turn.tokens));
            }
        }
        for (Event event : events) {
            if (event.text("type").equals(TYPE + "turn.completed")) {
                assertThat(event.data("text_sha256")).hasSize(64);
            }
        }
    }

    Map<String, Object> counts() throws SQLException {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("events", events.size());
        counts.put("event_duplicates", rawEvents.size() - events.size());
        counts.put("decisions", KafkaTopic.afterInbox(rawDecisions).size());
        counts.put(
                "decision_duplicates",
                rawDecisions.size() - KafkaTopic.afterInbox(rawDecisions).size());
        counts.put("audit_entries", audit.size());
        for (List<String> row :
                database.rows("SELECT lower(state), count(*) FROM turn GROUP BY 1 ORDER BY 1")) {
            counts.put("turns_" + row.getFirst(), Long.parseLong(row.getLast()));
        }
        counts.put(
                "turns_owner_lost",
                database.number("SELECT count(*) FROM turn WHERE reason = 'owner_lost'"));
        return counts;
    }
}
