package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.audit.AuditLog;
import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.TurnOutcomes;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What a kill between the two durable writes of a turn leaves behind, and what the next start
/// makes
/// of it.
@ExtendWith(SharedPlatform.class)
class AdmissionReconcilerIntegrationTests {
    private static TestPlatform platform;
    private static AuditLog audit;
    private static JdbcClient jdbc;

    @BeforeAll
    static void start() {
        platform = SharedPlatform.platform();
        audit = platform.bean(AuditLog.class);
        jdbc = platform.bean(JdbcClient.class);
    }

    private static void reconcile() {
        new AdmissionReconciler(audit, jdbc, () -> platform.bean(TurnOutcomes.class)).run();
    }

    private static UUID verdictOnly() {
        UUID decision = UUID.randomUUID();
        audit.append(
                        "verdict",
                        JsonValue.object()
                                .put("decision_id", decision.toString())
                                .put("tenant", "reconciled")
                                .put("verdict", "allow")
                                .build())
                .join();
        return decision;
    }

    private static UUID turn(UUID decision, String state, String reason) {
        UUID turn = UUID.randomUUID();
        jdbc.sql(
                        """
                        INSERT INTO turn (id, tenant, session, state, reason, decision_id, model, trace,
                          constitution_hash, owner_node, owner_epoch, ended_at)
                        VALUES (?, 'reconciled', 's', ?, ?, ?, 'm', 't', 'h', 'gone', 0, now())
                        """)
                .param(turn)
                .param(state)
                .param(reason)
                .param(decision)
                .update();
        return turn;
    }

    private static List<JsonObject> admissions(UUID decision) throws Exception {
        return entries("admission", decision);
    }

    private static List<JsonObject> entries(String type, UUID decision) throws Exception {
        List<JsonObject> found = new ArrayList<>();
        for (long first = 0; first < audit.size(); first += 256) {
            for (var entry : audit.read(first, 256)) {
                JsonObject content = StrictJson.parseObject(entry.bytes());
                if (content.text("type").orElse("").equals(type)
                        && content.text("decision_id").orElse("").equals(decision.toString())) {
                    found.add(content);
                }
            }
        }
        return found;
    }

    @Test
    void aVerdictWithoutATurnWasNotAdmitted() throws Exception {
        UUID decision = verdictOnly();
        reconcile();
        assertThat(admissions(decision))
                .singleElement()
                .satisfies(
                        entry -> {
                            assertThat(entry.text("outcome")).contains("not_admitted");
                            assertThat(entry.text("reason")).contains("lost_before_admission");
                        });
    }

    @Test
    void aVerdictWhoseTurnWasCommittedWasAdmitted() throws Exception {
        UUID admitted = verdictOnly();
        UUID turn = turn(admitted, "FAILED", "owner_lost");
        UUID refused = verdictOnly();
        turn(refused, "REFUSED", "budget_exhausted");
        reconcile();
        assertThat(admissions(admitted))
                .singleElement()
                .satisfies(
                        entry -> {
                            assertThat(entry.text("outcome")).contains("admitted");
                            assertThat(entry.text("turn_id")).contains(turn.toString());
                        });
        assertThat(admissions(refused))
                .singleElement()
                .satisfies(entry -> assertThat(entry.text("reason")).contains("budget_exhausted"));
    }

    @Test
    void aTurnWhoseEndTheLogDidNotHearIsTakenFromTheJournal() throws Exception {
        UUID decision = verdictOnly();
        UUID turn = turn(decision, "FAILED", "owner_lost");
        String frames =
                """
                id: 7
                event: usage
                data: {"input_tokens":1,"output_tokens":2}

                id: 8
                event: delta
                data: {"channel":"text","text":"x"}

                """;
        jdbc.sql(
                        """
                        INSERT INTO conversation_log (tenant, session, first_seq, last_seq, turn, frames)
                        VALUES ('reconciled', 's', 7, 8, ?, convert_to(?, 'UTF8')) ON CONFLICT DO NOTHING
                        """)
                .param(turn)
                .param(frames)
                .update();
        UUID erased = verdictOnly();
        turn(erased, "COMPLETED", "");
        reconcile();
        reconcile();
        assertThat(entries("turn", erased)).as("its frames are gone").isEmpty();
        assertThat(entries("turn", decision))
                .singleElement()
                .satisfies(
                        entry -> {
                            assertThat(entry.text("turn_id")).contains(turn.toString());
                            assertThat(entry.text("tenant")).contains("reconciled");
                            assertThat(entry.text("state")).contains("failed");
                            assertThat(entry.text("reason")).contains("owner_lost");
                            assertThat(entry.get("input_tokens")).isEmpty();
                            assertThat(entry.text("journal_sha256"))
                                    .contains(Digest.sha256Hex(frames));
                            assertThat(entry.get("last_seq")).contains(JsonValue.of(8));
                        });
    }

    @Test
    void aTurnWithoutAVerdictIsNotMadeOneAndASecondStartAddsNothing() throws Exception {
        UUID without = UUID.randomUUID();
        turn(without, "FAILED", "owner_lost");
        UUID decision = verdictOnly();
        reconcile();
        reconcile();
        assertThat(admissions(without)).isEmpty();
        assertThat(admissions(decision)).hasSize(1);
    }
}
