package dev.soma.audit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.audit.AuditLog;
import dev.soma.devkit.EngineProcess;
import dev.soma.devkit.Home;
import dev.soma.devkit.Ports;
import dev.soma.devkit.Progress;
import dev.soma.devkit.SourceTree;
import dev.soma.devkit.TestEngines;
import dev.soma.devkit.WitnessEngine;
import dev.soma.harness.TestKeys;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.verifier.CosignerKey;
import dev.soma.verifier.LogVerifier;
import dev.soma.verifier.Outcome;
import dev.soma.verifier.VerifierKey;
import dev.soma.verifier.Witnessed;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The platform with the real witness, in a process of its own.
class WitnessIntegrationTests {
    private Path folder;
    private WitnessEngine engine;
    private EngineProcess witness;
    private TestPlatform platform;

    @BeforeEach
    void start() throws Exception {
        folder = TestEngines.folder("witness-" + UUID.randomUUID());
        engine =
                new WitnessEngine(
                        SourceTree.find(),
                        folder.resolve("witness"),
                        folder.resolve("witness.vkey"),
                        folder.resolve("audit.vkey"),
                        Ports.free());
        platform =
                TestPlatform.governed(
                        Map.of(
                                "soma.audit.witness-url",
                                engine.address(),
                                "soma.audit.witness-key",
                                engine.verifierKey(),
                                "soma.audit.witness-interval-millis",
                                "50"));
        Files.copy(node().resolve("audit.vkey"), folder.resolve("audit.vkey"));
        witness = new EngineProcess(engine, folder.resolve("run"), logs(), Progress.silent());
    }

    private Path logs() throws IOException {
        return Files.createDirectories(folder.resolve("logs"));
    }

    @AfterEach
    void stop() {
        witness.close();
        platform.close();
    }

    private Path node() {
        return platform.folder().resolve("node");
    }

    private JsonObject shown() throws Exception {
        JsonObject list = TestPlatform.json(platform.get("/v1/audit/logs", platform.adminKey()));
        return (JsonObject) list.items("items").getFirst();
    }

    private long number(String name) throws Exception {
        return ((JsonValue.JsonInteger) shown().get(name).orElseThrow()).value().longValueExact();
    }

    private String state() throws Exception {
        return shown().text("witness_state").orElseThrow();
    }

    private void awaitState(String state) {
        await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsMatching(IOException.class::isInstance)
                .until(() -> state().equals(state));
    }

    private void awaitWholeLogWitnessed() {
        await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> number("witnessed_size") == platform.bean(AuditLog.class).size());
        assertThat(platform.bean(Witnessing.class).state()).isEqualTo(Witnessing.State.WITNESSED);
    }

    private void append(int entries) {
        AuditLog log = platform.bean(AuditLog.class);
        for (int i = 0; i < entries; i++) {
            log.append(
                            "act",
                            JsonValue.object()
                                    .put("decision_id", UUID.randomUUID().toString())
                                    .build())
                    .join();
        }
    }

    private Outcome verify() throws Exception {
        return LogVerifier.verify(
                node().resolve("audit"),
                VerifierKey.parse(Files.readString(node().resolve("audit.vkey"))),
                0,
                Optional.of(
                        new Witnessed(
                                CosignerKey.parse(engine.verifierKey()),
                                List.of(node().resolve("audit/checkpoint.cosigned")))));
    }

    @Test
    void theGrowingLogIsWitnessedAndTheCosignedNoteIsServed() throws Exception {
        // Without its witness the node works; what was never seen is not claimed.
        awaitState("unreachable");
        append(5);
        assertThat(platform.get("/v1/audit/checkpoint/witnessed", platform.adminKey()).statusCode())
                .isEqualTo(404);
        assertThat(platform.get("/readyz", "").body()).doesNotContain("witness");
        MeterRegistry meters = platform.bean(MeterRegistry.class);
        assertThat(meters.counter("soma_audit_witness_failures_total").count()).isPositive();

        witness.start();
        awaitWholeLogWitnessed();
        append(300);
        awaitWholeLogWitnessed();

        String note =
                TestPlatform.ok(platform.get("/v1/audit/checkpoint/witnessed", platform.adminKey()))
                        .body();
        assertThat(note).contains("\u2014 soma/witness ", "\u2014 soma/audit/node-1 ");
        assertThat(meters.get("soma_audit_witnessed_size").gauge().value()).isGreaterThan(300);
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Outcome.Verified.class,
                        log -> assertThat(log.witnessed().orElseThrow()).isGreaterThan(300));

        // Neither side's restart loses the other.
        witness.kill();
        witness.start();
        platform.restart();
        append(3);
        awaitWholeLogWitnessed();
    }

    @Test
    void aHistoryThatTheNodeRewroteIsRefusedAndFound() throws Exception {
        witness.start();
        append(40);
        awaitWholeLogWitnessed();
        long before = number("size");
        Path cosigned = node().resolve("audit/checkpoint.cosigned");
        byte[] evidence = Files.readAllBytes(cosigned);

        // Whoever holds the node writes another history and signs it with the node's own key.
        platform.close();
        Home.deleteTree(node().resolve("audit"));
        platform.restart();
        append((int) before + 10);
        awaitState("tampering_suspected");
        // Once the new history is longer than the old one, the witness itself sees the two.
        await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> witness.log().tail().contains("does not append to the one of"));
        assertThat(state()).isEqualTo("tampering_suspected");
        platform.awaitConstitution(TestKeys.shipped().text("version").orElseThrow());
        assertThat(platform.get("/readyz", "").statusCode()).isEqualTo(200);

        // The log is whole by its own key, and not by what the witness saw.
        Files.write(cosigned, evidence);
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Outcome.Broken.class,
                        broken -> assertThat(broken.reason()).contains("history was rewritten"));
    }
}
