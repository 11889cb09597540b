package dev.soma.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.acceptance.ChatClient.Heard;
import dev.soma.acceptance.ChatClient.Reached;
import dev.soma.acceptance.KafkaTopic.Event;
import dev.soma.bench.ScriptedProvider;
import dev.soma.devkit.Databases;
import dev.soma.devkit.Home;
import dev.soma.devkit.Part;
import dev.soma.devkit.Ports;
import dev.soma.devkit.Progress;
import dev.soma.devkit.Stack;
import dev.soma.devkit.StackOptions;
import dev.soma.verifier.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// The same jar once as one process with all roles, and once as a gateway and a control plane that
/// share nothing but the engines and the sealing key.
class SplitRolesAcceptanceTests {
    private static final String MODEL = "scripted:frames=8";
    private static final Progress SAY = Progress.to(System.err);
    private static final Duration REVOKED_WITHIN = Duration.ofSeconds(2);

    /// What the proof needs of a running system, however it is cut.
    ///
    /// @param gateway where users ask
    /// @param operator works at the control plane
    private record Running(String gateway, Operator operator, String kafka, String tenant) {}

    @Test
    void oneProcessWithAllRoles() throws IOException, InterruptedException {
        PackedPlatform platform = SharedPlatform.get().platform();
        servesAndRevokes(
                new Running(
                        platform.gateway(),
                        platform.operator(),
                        platform.address(Part.KAFKA),
                        "whole"));
    }

    @Test
    void gatewayApartFromControlPlane() throws IOException, InterruptedException {
        Path folder = PackedPlatform.emptied(Path.of("target/acceptance/split"));
        StackOptions engines =
                StackOptions.in(new Home(folder))
                        .only(Set.of(Part.POSTGRES, Part.REDIS, Part.KAFKA));
        try (Stack stack = new Stack(engines, SAY);
                ScriptedProvider provider = ScriptedProvider.start(0)) {
            stack.start();
            ConstitutionKeys keys = new ConstitutionKeys();
            keys.writeRing(folder.resolve("trust/constitution-keys.json"));
            Map<String, String> settings = settings(stack);
            int apiPort = Ports.free();
            Http api = new Http("http://127.0.0.1:" + apiPort);
            settings.put("soma.api.port", Integer.toString(apiPort));
            try (PlatformProcess control =
                    new PlatformProcess(
                            folder.resolve("control"),
                            "control",
                            "api,scheduler,relay,ingest,migrate",
                            settings)) {
                control.awaitAnswer(api, "/v1/tenants", 401);
                settings.put("soma.gateway.api-url", api.base());
                apart(new Apart(stack, folder, settings, keys, provider), control, api);
            }
        }
    }

    /// What the two processes have in common.
    private record Apart(
            Stack stack,
            Path folder,
            Map<String, String> settings,
            ConstitutionKeys keys,
            ScriptedProvider provider) {}

    private static void apart(Apart common, PlatformProcess control, Http api)
            throws IOException, InterruptedException {
        int port = Ports.free();
        Map<String, String> settings = new HashMap<>(common.settings());
        settings.remove("soma.api.port");
        settings.put("soma.gateway.port", Integer.toString(port));
        Http gateway = new Http("http://127.0.0.1:" + port);
        Path folder = common.folder().resolve("gateway");
        shareSealingKey(control, folder.resolve("node"));
        try (PlatformProcess door = new PlatformProcess(folder, "door", "gateway", settings)) {
            door.awaitAnswer(gateway, "/readyz", 200);
            Operator operator = Operator.bootstrap(api, control.runFolder());
            try (Redis redis = new Redis(address(common.stack(), Part.REDIS))) {
                redis.write(common.keys().signedShipped());
            }
            operator.awaitConstitution(ConstitutionKeys.hash(ConstitutionKeys.shipped()));
            operator.provider("scripted", common.provider().uri() + "/v1", MODEL);
            assertThat(gateway.get("/v1/tenants", operator.key()).status())
                    .as("the control plane through the gateway")
                    .isEqualTo(200);
            servesAndRevokes(
                    new Running(
                            gateway.base(),
                            operator,
                            address(common.stack(), Part.KAFKA),
                            "split"));
            assertThat(door.audit().allowed()).as("turns at the door").isPositive();
            assertThat(control.audit().allowed()).as("turns at the control plane").isZero();
        }
        AuditFolder log = new AuditFolder(folder.resolve("node/audit"), vkey(folder));
        assertThat(log.verify()).isInstanceOf(Outcome.Verified.class);
        assertThat(log.origin()).isEqualTo("soma/audit/door");
    }

    private static String vkey(Path folder) throws IOException {
        return Files.readString(folder.resolve("node/audit.vkey")).strip();
    }

    private static String address(Stack stack, Part part) {
        return Objects.requireNonNull(stack.address(part), part.id());
    }

    private static void shareSealingKey(PlatformProcess from, Path node) throws IOException {
        Path secrets = Files.createDirectories(node.resolve("secrets"));
        Files.copy(
                from.nodeFolder().resolve("secrets/sealing-key"), secrets.resolve("sealing-key"));
    }

    private static Map<String, String> settings(Stack stack) {
        Databases.Database database = stack.database();
        Map<String, String> settings = new HashMap<>();
        settings.put("soma.postgres.url", database.jdbcUrl());
        settings.put("soma.postgres.username", database.username());
        settings.put("soma.postgres.password", database.password());
        settings.put("soma.redis.url", address(stack, Part.REDIS));
        settings.put("soma.kafka.bootstrap-servers", address(stack, Part.KAFKA));
        settings.put(
                "soma.constitution.key-ring-file",
                stack.home().trust().resolve("constitution-keys.json").toString());
        settings.put("soma.constitution.poll-millis", "200");
        settings.put("soma.provider.allow-loopback", "true");
        return settings;
    }

    private static void servesAndRevokes(Running system) throws IOException, InterruptedException {
        Operator.ApiKey alice = system.operator().tenant(system.tenant());
        ChatClient client = new ChatClient(system.gateway(), alice.text());
        Awaitility.await("the key and the constitution to be known at the gateway")
                .atMost(Duration.ofSeconds(5))
                .until(
                        () ->
                                new Http(system.gateway())
                                                .get("/v1/models", alice.text())
                                                .text()
                                                .contains(MODEL)
                                        && knows(system));
        Heard turn = client.inSession("talk", "scripted/" + MODEL, "Say something.");
        assertThat(turn.reached).as(turn.problem).isEqualTo(Reached.COMPLETED);
        assertThat(turn.verdict).isEqualTo("allow");
        told(system, turn);
        long revoked = System.nanoTime();
        system.operator().revoke(system.tenant(), alice);
        Awaitility.await("the revoked key to be refused at the gateway")
                .atMost(REVOKED_WITHIN)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> client.whole("scripted/" + MODEL, "Again.").status == 401);
        System.out.printf(
                "%s: a revoked key was refused after %.0f ms%n",
                system.tenant(), (System.nanoTime() - revoked) / 1e6);
    }

    private static boolean knows(Running system) throws IOException, InterruptedException {
        return new Http(system.gateway()).get("/v1/constitution", system.operator().key()).status()
                == 200;
    }

    /// The turn's events and its decision reach Kafka, whichever process relays them.
    private static void told(Running system, Heard turn) {
        Awaitility.await("the turn to be told on Kafka")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            List<Event> events =
                                    KafkaTopic.read(system.kafka(), "conversation.events");
                            assertThat(
                                            events.stream()
                                                    .filter(
                                                            event ->
                                                                    event.data("turn_id")
                                                                            .equals(turn.turn))
                                                    .map(event -> event.text("type")))
                                    .containsExactly(
                                            "soma.conversation.turn.accepted",
                                            "soma.conversation.turn.completed");
                            assertThat(KafkaTopic.read(system.kafka(), "policy.decisions"))
                                    .anyMatch(
                                            event ->
                                                    event.data("decision_id")
                                                            .equals(turn.decision));
                        });
    }
}
