package dev.soma.constitution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.audit.AuditLog;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.TestKeys;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.runtime.Cache;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The chain from the signers to a node, by way of Redis and by way of a file.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConstitutionIntegrationTests {
    private static TestPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    private static SignedDocument version(String version) throws Exception {
        return platform.keys().sign(TestKeys.shipped(version), "founder", "auditor");
    }

    private static String inForce() {
        return platform.bean(Constitutions.class).state()
                        instanceof Constitutions.State.InForce inForce
                ? inForce.constitution().version()
                : "none";
    }

    private static long refusals(String reason) throws Exception {
        AuditLog log = platform.bean(AuditLog.class);
        long found = 0;
        for (long first = 0; first < log.size(); first += 256) {
            for (var entry : log.read(first, 256)) {
                JsonObject content = StrictJson.parseObject(entry.bytes());
                if (content.text("transition").orElse("").equals("REJECTED")
                        && content.text("reason").orElse("").contains(reason)) {
                    found++;
                }
            }
        }
        return found;
    }

    private static void awaitRefusal(String reason) {
        await().atMost(Duration.ofSeconds(15)).until(() -> refusals(reason) > 0);
    }

    private static List<String> announced() throws Exception {
        List<String> hashes = new ArrayList<>();
        Map<String, Object> config =
                Map.of("bootstrap.servers", TestEngines.kafka().bootstrapServers());
        try (var consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition("constitution.updated", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                for (var entry : consumer.poll(Duration.ofMillis(500))) {
                    StrictJson.parseObject(entry.value())
                            .object("data")
                            .flatMap(data -> data.text("hash"))
                            .ifPresent(hashes::add);
                }
            }
        }
        return hashes;
    }

    @Test
    @Order(1)
    void oneChangedByteIsRefusedAndTheOldOneStays() throws Exception {
        Cache cache = platform.bean(Cache.class);
        String good =
                cache.read(List.of(SomaBrainLayout.DOCUMENT))
                        .getOrDefault(SomaBrainLayout.DOCUMENT, "");
        String before = inForce();
        cache.write(Map.of(SomaBrainLayout.DOCUMENT, good.replace("120", "121")));
        awaitRefusal("checksum mismatch");
        assertThat(inForce()).isEqualTo(before);
        cache.write(Map.of(SomaBrainLayout.DOCUMENT, good));
        long once = refusals("checksum mismatch");
        platform.publish(version("1.1.0"));
        platform.awaitConstitution("1.1.0");
        assertThat(refusals("checksum mismatch")).isEqualTo(once);
    }

    @Test
    @Order(2)
    void aDocumentThatNothingEnforcesIsRefused() throws Exception {
        JsonObject shipped = TestKeys.shipped("1.2.0");
        JsonObject rules = shipped.object("rules").orElseThrow();
        JsonObject odd =
                TestKeys.with(
                        shipped, "rules", TestKeys.with(rules, "no_surprises", JsonValue.of(true)));
        platform.publish(platform.keys().sign(odd, "founder", "auditor"));
        awaitRefusal("unknown_enforcement_key");
        assertThat(inForce()).isEqualTo("1.1.0");
    }

    @Test
    @Order(3)
    void anOlderDocumentIsRefused() throws Exception {
        platform.publish(platform.keys().sign(TestKeys.shipped(), "founder", "auditor"));
        awaitRefusal("constitution_rollback");
        assertThat(inForce()).isEqualTo("1.1.0");
    }

    @Test
    @Order(4)
    void oneSignerIsNotEnough() throws Exception {
        platform.publish(platform.keys().sign(TestKeys.shipped("1.3.0"), "founder", "founder"));
        awaitRefusal("1 of 2 needed signatures");
        assertThat(inForce()).isEqualTo("1.1.0");
    }

    @Test
    @Order(5)
    void aTornReadBecomesWholeOnceAllKeysAreThere() throws Exception {
        Map<String, String> next = SomaBrainLayout.values(version("2.0.0"), "2026-11-25T00:00:00Z");
        platform.bean(Cache.class)
                .write(
                        Map.of(
                                SomaBrainLayout.DOCUMENT,
                                next.getOrDefault(SomaBrainLayout.DOCUMENT, "")));
        platform.bean(Cache.class).write(next);
        platform.awaitConstitution("2.0.0");
        String hash = next.getOrDefault(SomaBrainLayout.CHECKSUM, "");
        await().atMost(Duration.ofSeconds(15)).until(() -> announced().contains(hash));
        assertThat(announced().stream().filter(hash::equals)).hasSize(1);
        assertThat(epochs()).isEqualTo(List.of(1L, 2L, 3L));
    }

    private static List<@Nullable Long> epochs() {
        return platform.bean(JdbcClient.class)
                .sql("SELECT epoch FROM constitution_activation ORDER BY epoch")
                .query(Long.class)
                .list();
    }

    @Test
    @Order(6)
    void theHashIsMirroredForEveryTenant() throws Exception {
        platform.tenant("mirror");
        String hash =
                SomaBrainLayout.values(version("2.0.0"), "x")
                        .getOrDefault(SomaBrainLayout.CHECKSUM, "");
        List<String> keys =
                List.of("constitution:global", "constitution:platform", "constitution:mirror");
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () -> {
                            Map<String, String> values = platform.bean(Cache.class).read(keys);
                            return keys.stream().allMatch(k -> hash.equals(values.get(k)));
                        });
    }

    @Test
    @Order(7)
    void aNodeWithoutKeysTrustsNothingUntilTheyAreBack() throws Exception {
        Path ring = platform.folder().resolve("trust/keys.json");
        byte[] keys = Files.readAllBytes(ring);
        Files.delete(ring);
        platform.restart();
        assertThat(platform.bean(Constitutions.class).state())
                .isInstanceOf(Constitutions.State.Absent.class);
        Files.write(ring, keys);
        platform.awaitConstitution("2.0.0");
        assertThat(epochs()).isEqualTo(List.of(1L, 2L, 3L));
    }

    private static byte[] vector(String name) throws IOException {
        return Files.readAllBytes(Path.of("src/test/resources/vectors/somaagenthub", name));
    }

    @Test
    void theVectorsOfSomaAgentHubVerify() throws Exception {
        SignedDocument signed = SignedDocument.parseFile(vector("bundle.json"));
        assertThat(signed.dialect()).isEqualTo(ConstitutionDialect.SOMAAGENTHUB);
        assertThat(CanonicalJson.PYTHON.bytes(signed.document()))
                .isEqualTo(vector("canonical.txt"));
        assertThat(signed.claimedHash()).contains(Digest.sha256Hex(vector("canonical.txt")));
        KeyRing ring = KeyRing.parse(vector("keys.json"));
        assertThat(Quorum.check(signed, ring, 1)).isInstanceOf(Quorum.Outcome.Met.class);
        String changed =
                new String(vector("bundle.json"), StandardCharsets.UTF_8)
                        .replace(
                                "\"max_wall_clock_seconds\": 90", "\"max_wall_clock_seconds\": 91");
        assertThat(
                        Quorum.check(
                                SignedDocument.parseFile(changed.getBytes(StandardCharsets.UTF_8)),
                                ring,
                                1))
                .isInstanceOf(Quorum.Outcome.NotMet.class);
    }

    @Test
    void aSignedFileOfSomaAgentHubComesIntoForce() throws Exception {
        Path folder = TestEngines.folder("agenthub-file");
        Path file = folder.resolve("constitution.json");
        Path ring = folder.resolve("keys.json");
        Files.write(ring, vector("keys.json"));
        try (TestPlatform byFile =
                TestPlatform.start(
                        Map.of(
                                "soma.constitution.file", file.toString(),
                                "soma.constitution.key-ring-file", ring.toString(),
                                "soma.constitution.threshold", "1"))) {
            Files.write(file, vector("bundle.json"));
            byFile.awaitConstitution("1.4.0");
            assertThat(byFile.get("/v1/constitution", byFile.adminKey()).body())
                    .contains("\"algorithm\":\"sha-256\"", "\"signers\":[\"founder\"]");
        }
    }
}
