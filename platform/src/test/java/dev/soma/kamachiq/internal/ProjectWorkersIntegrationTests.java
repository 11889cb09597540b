package dev.soma.kamachiq.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.SomaPlatform;
import dev.soma.devkit.FaultProxy;
import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.TestPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectWorkersIntegrationTests {
    private static final String RIGHTS =
            "[\"chat\",\"projects:write\",\"projects:read\",\"projects:decide\"]";
    private static final String SPEC =
            "id: late\ntitle: A calculator\ntext: It supports addition.\nbudget_tokens: 1\ntimeout_minutes: 15\n";

    @TempDir private Path folder;

    @Test
    void workersBeginWhenTheServerAnswersAndKeepNobodyWaitingBefore() throws Exception {
        String[] server = TestEngines.temporal().address().split(":");
        try (FaultProxy proxy = FaultProxy.to(server[0], Integer.parseInt(server[1]))) {
            proxy.refuse();
            try (TestPlatform platform =
                    TestPlatform.governed(
                            Map.of(
                                    "soma.kamachiq.temporal",
                                    proxy.host() + ":" + proxy.port(),
                                    "soma.kamachiq.bubblewrap",
                                    Fetches.bubblewrap(Progress.silent()).toString(),
                                    "soma.kamachiq.namespace",
                                    "made-by-the-platform",
                                    "soma.kamachiq.first-user",
                                    "61400",
                                    "soma.kamachiq.users",
                                    "2",
                                    "soma.kamachiq.workspaces",
                                    folder.resolve("work").toString()))) {
                TemporalConnection temporal = platform.bean(TemporalConnection.class);
                assertThat(platform.bean(ProjectWorkers.class).isRunning()).isTrue();
                assertThat(temporal.problem()).isPresent();
                proxy.accept();
                Awaitility.await().until(() -> temporal.problem().isEmpty());
                platform.tenant("late");
                String user = "{\"tenant\":\"late\",\"capabilities\":%s}".formatted(RIGHTS);
                platform.put("/v1/users/alice", platform.adminKey(), user);
                String key =
                        TestPlatform.json(
                                        platform.post(
                                                "/v1/api-keys",
                                                platform.adminKey(),
                                                "{\"tenant\":\"late\",\"owner\":\"alice\",\"name\":\"t\",\"capabilities\":%s}"
                                                        .formatted(RIGHTS)))
                                .text("key")
                                .orElseThrow();
                String projects = "/v1/kamachiq/projects";
                // Frontends come to know a new namespace a little later.
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> platform.post(projects, key, SPEC).statusCode() < 300);
                platform.post(projects + "/late/cancel", key, "");
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .until(
                                () ->
                                        platform.get(projects, key)
                                                .body()
                                                .contains("\"verdict\":\"CANCELLED\""));
            }
        }
    }

    private Map<String, String> settings(String build, String users) throws Exception {
        return Map.of(
                "soma.kamachiq.temporal",
                TestEngines.temporal().address(),
                "soma.kamachiq.namespace",
                "builds",
                "soma.kamachiq.build",
                build,
                "soma.kamachiq.adopt-after-seconds",
                "1",
                "soma.kamachiq.bubblewrap",
                Fetches.bubblewrap(Progress.silent()).toString(),
                "soma.kamachiq.first-user",
                users,
                "soma.kamachiq.workspaces",
                folder.resolve("work").toString());
    }

    /// What waits for a person when its build goes away goes on with the next one.
    @Test
    void aProjectStaysWithItsBuildAndGoesOnWithAnotherWhenNoWorkerOfItIsLeft() throws Exception {
        try (TestPlatform platform = TestPlatform.governed(settings("one", "61420"))) {
            platform.tenant("built");
            String rights = "[\"chat\",\"projects:read\",\"projects:write\",\"projects:decide\"]";
            String key = user(platform, "alice", rights);
            String second = user(platform, "bob", rights);
            String projects = "/v1/kamachiq/projects";
            String spec = SPEC.replace("id: late", "id: built").replace("addition", "plotting");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> platform.post(projects, key, spec).statusCode() < 300);
            awaitPhase(platform, key, "AWAITING_HUMAN");
            TestPlatform next =
                    platform.secondNode("next", SomaPlatform.class, settings("two", "61440"));
            try (next) {
                assertThat(next.get(projects + "/built", key).body())
                        .as("workers of both builds are there")
                        .contains("AWAITING_HUMAN");
                platform.bean(ProjectWorkers.class).stop();
                share(platform.folder(), next.folder());
                Awaitility.await()
                        .atMost(Duration.ofMinutes(3))
                        .until(
                                () ->
                                        next.get(projects + "/built/events", key)
                                                .body()
                                                .contains("ADOPTED"));
                awaitPhase(next, key, "AWAITING_HUMAN");
                TestPlatform.ok(
                        next.post(
                                projects + "/built/decision", second, "{\"decision\":\"reject\"}"));
                awaitPhase(next, key, "REJECTED");
            }
        }
    }

    /// The content of both nodes lies in one folder, as operators would have it.
    private static void share(Path from, Path to) throws IOException {
        Path folder = from.resolve("node/content");
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve("node/content").resolve(folder.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static String user(TestPlatform platform, String name, String rights) throws Exception {
        TestPlatform.ok(
                platform.put(
                        "/v1/users/" + name,
                        platform.adminKey(),
                        "{\"tenant\":\"built\",\"capabilities\":%s}".formatted(rights)));
        return TestPlatform.json(
                        platform.post(
                                "/v1/api-keys",
                                platform.adminKey(),
                                "{\"tenant\":\"built\",\"owner\":\"%s\",\"name\":\"t\",\"capabilities\":%s}"
                                        .formatted(name, rights)))
                .text("key")
                .orElseThrow();
    }

    private static void awaitPhase(TestPlatform platform, String key, String phase) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .until(
                        () ->
                                platform.get("/v1/kamachiq/projects/built", key)
                                        .body()
                                        .contains("\"phase\":\"%s\"".formatted(phase)));
    }

    @Test
    void withoutAServerThereAreNoWorkersAndNothingIsMissing() throws Exception {
        try (TestPlatform platform = TestPlatform.start(Map.of())) {
            assertThat(platform.bean(TemporalConnection.class).problem()).isEmpty();
            assertThat(platform.bean(TemporalConnection.class).client()).isEmpty();
        }
    }
}
