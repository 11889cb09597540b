package dev.soma.devkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SupervisionIntegrationTests {
    @Test
    void aKilledSupervisorLeavesNoProcess() throws Exception {
        Path home = TestEngines.folder("killed-supervisor");
        Process supervisor =
                new ProcessBuilder(
                                Tools.java(),
                                "-Dsoma.root=" + SourceTree.find().root(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                StackHolder.class.getName(),
                                home.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<Long> pids = pidsSaidBy(supervisor);
        assertThat(pids).hasSize(4).allMatch(Processes::alive);

        supervisor.destroyForcibly().waitFor();

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            assertThat(pids).noneMatch(Processes::alive);
                            assertThat(Processes.withArgument(home.toString())).isEmpty();
                            assertThat(Processes.workingIn(home.resolve("data/postgres/data")))
                                    .isEmpty();
                        });
    }

    @Test
    void aKilledGuardTakesItsEngineAlong() throws Exception {
        Path folder = TestEngines.folder("killed-guard");
        try (EngineSet engines = new EngineSet(folder)) {
            EngineProcess redis = engines.redis().process();
            long engine = redis.pid();
            long guard =
                    ProcessHandle.of(engine).flatMap(ProcessHandle::parent).orElseThrow().pid();

            Processes.forceEnd(guard);

            await().atMost(Duration.ofSeconds(10)).until(() -> !Processes.alive(engine));
            redis.start();
            assertThat(redis.pid()).isNotEqualTo(engine).isPositive();
        }
    }

    @Test
    void aDeadPartComesBackAndStatusTellsIt() throws Exception {
        Home home = new Home(TestEngines.folder("restart"));
        List<PartState> seen = new CopyOnWriteArrayList<>();
        try (Stack stack =
                new Stack(
                        redisAlone(home), Progress.silent(), status -> seen.add(status.state()))) {
            stack.start();
            PartStatus before = stack.status(Part.REDIS);

            stack.kill(Part.REDIS);
            await().atMost(Duration.ofSeconds(10))
                    .until(
                            () ->
                                    stack.status(Part.REDIS).restarts() == 1
                                            && stack.status(Part.REDIS).state() == PartState.READY);

            PartStatus after = stack.status(Part.REDIS);
            assertThat(after.pid()).isNotEqualTo(before.pid()).isPositive();
            assertThat(after.port()).isEqualTo(before.port());
            assertThat(seen)
                    .containsExactly(PartState.READY, PartState.RESTARTING, PartState.READY);
        }
        assertThat(Processes.withArgument(home.path().toString())).isEmpty();
    }

    @Test
    void aPartThatKeepsDyingFailsWithItsLastWordsAndCanBeHealed() throws Exception {
        Path folder = TestEngines.folder("dying");
        RestartPolicy policy =
                new RestartPolicy(
                        2, Duration.ofMinutes(1), Duration.ofMillis(10), Duration.ofMillis(40));
        Path sick = folder.resolve("sick");
        Files.createFile(sick);
        EngineProcess process =
                new EngineProcess(
                        new Dying(folder, sick),
                        folder.resolve("run"),
                        folder.resolve("logs"),
                        Progress.silent());
        Supervised part = new Supervised(Part.REDIS, process, policy, status -> {});
        try {
            assertThat(part.ensureRunning()).isTrue();
            PartStatus failed = part.awaitSettled();

            assertThat(failed.state()).isEqualTo(PartState.FAILED);
            assertThat(failed.restarts()).isEqualTo(2);
            assertThat(failed.reason())
                    .contains("too many restarts", "exit status 3", "last words");

            Files.delete(sick);
            assertThat(part.ensureRunning()).isTrue();
            assertThat(part.awaitSettled().state()).isEqualTo(PartState.READY);
            assertThat(part.ensureRunning()).isFalse();
        } finally {
            part.stop();
        }
        assertThat(part.status().state()).isEqualTo(PartState.STOPPED);
        assertThat(process.alive()).isFalse();
    }

    @Test
    void anAttachedServerIsAskedAndNeverTouched() throws Exception {
        EngineSet.Redis redis = TestEngines.redis();
        Home home = new Home(TestEngines.folder("attached"));
        StackOptions options =
                redisAlone(home).attachedByEnvironment(Map.of("SOMA_REDIS_URL", redis.url()));
        try (Stack stack = new Stack(options, Progress.silent())) {
            stack.start();
            assertThat(stack.status(Part.REDIS).state()).isEqualTo(PartState.READY);
            assertThat(stack.status(Part.REDIS).pid()).isZero();
            assertThat(stack.address(Part.REDIS)).isEqualTo(redis.url());
            assertThatThrownBy(() -> stack.kill(Part.REDIS)).hasMessageContaining("attached");
        }
        assertThat(redis.process().alive()).isTrue();
    }

    @Test
    void theConnectionFileIsPrivateAndMergesCredentials() throws Exception {
        Home home = new Home(TestEngines.folder("connection"));
        try (Stack stack = new Stack(redisAlone(home), Progress.silent())) {
            stack.start();
            Home.writePrivate(
                    ConnectionFile.credentials(home),
                    "{\"tenant\":\"acme\",\"adminToken\":\"a\",\"apiKey\":\"k\"}");
            ConnectionFile.write(stack, 4711);

            JsonNode root = JsonMapper.shared().readTree(Files.readString(home.connectionFile()));
            assertThat(root.path("tenant").asString()).isEqualTo("acme");
            assertThat(root.path("redis").asString()).isEqualTo(stack.address(Part.REDIS));
            assertThat(root.path("pids").path("redis").asLong())
                    .isEqualTo(stack.status(Part.REDIS).pid());
            assertThat(root.path("pids").path("supervisor").asLong()).isEqualTo(4711);
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(home.connectionFile())))
                    .isEqualTo("rw-------");
        }
    }

    private static StackOptions redisAlone(Home home) {
        return StackOptions.in(home)
                .without(Part.PLATFORM)
                .without(Part.SLM)
                .without(Part.WITNESS)
                .without(Part.KAFKA)
                .without(Part.POSTGRES);
    }

    private static List<Long> pidsSaidBy(Process supervisor) throws IOException {
        BufferedReader said =
                new BufferedReader(
                        new InputStreamReader(supervisor.getInputStream(), StandardCharsets.UTF_8));
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.startsWith("ready ")) {
                return Arrays.stream(line.substring("ready ".length()).split(" "))
                        .map(Long::valueOf)
                        .toList();
            }
        }
        throw new IOException("the supervisor ended without becoming ready");
    }

    /// A process that dies at once while a file exists, and stays when it does not.
    private record Dying(Path folder, Path sick) implements Engine {
        @Override
        public String name() {
            return "dying";
        }

        @Override
        public int port() {
            return 0;
        }

        @Override
        public String address() {
            return "nowhere";
        }

        @Override
        public Launch launch(Progress progress) {
            String script = "echo last words; [ ! -e '" + sick + "' ] || exit 3; exec sleep 600";
            return Launch.of(List.of("sh", "-c", script), folder);
        }

        @Override
        public Optional<String> unreadyBecause() {
            return Files.exists(sick) ? Optional.of("it is sick") : Optional.empty();
        }

        @Override
        public Duration readyWithin() {
            return Duration.ofSeconds(10);
        }
    }
}
