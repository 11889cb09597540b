package dev.soma.kamachiq.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.FaultProxy;
import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.TestPlatform;
import java.nio.file.Path;
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

    @Test
    void withoutAServerThereAreNoWorkersAndNothingIsMissing() throws Exception {
        try (TestPlatform platform = TestPlatform.start(Map.of())) {
            assertThat(platform.bean(TemporalConnection.class).problem()).isEmpty();
            assertThat(platform.bean(TemporalConnection.class).client()).isEmpty();
        }
    }
}
