package dev.soma.kamachiq.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.FaultProxy;
import dev.soma.devkit.TestEngines;
import dev.soma.kamachiq.sandbox.BubblewrapSandbox;
import dev.soma.kamachiq.work.ContentStore;
import dev.soma.kamachiq.work.LibraryActivities;
import dev.soma.kamachiq.work.Payloads.Submitter;
import dev.soma.kamachiq.work.Planning;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectWorkersIntegrationTests {
    private static final String SPEC = "id: faulty\ntitle: A calculator\n";

    @TempDir private Path folder;

    @Test
    void workersBeginWhenTheServerAnswersAndKeepNobodyWaitingBefore() throws Exception {
        String[] server = TestEngines.temporal().address().split(":");
        try (FaultProxy proxy = FaultProxy.to(server[0], Integer.parseInt(server[1]))) {
            proxy.refuse();
            KamachiqSettings settings =
                    new KamachiqSettings(
                            "/usr/bin/bwrap",
                            61_400,
                            "",
                            "default",
                            proxy.host() + ":" + proxy.port(),
                            1,
                            folder.toString());
            ContentStore content = new ContentStore(folder.resolve("content"));
            try (TemporalConnection temporal = new TemporalConnection(settings)) {
                ProjectWorkers workers =
                        new ProjectWorkers(
                                temporal, Optional.of(activities(content)), Optional.empty(), 1);
                workers.start();
                try {
                    assertThat(workers.isRunning()).isTrue();
                    assertThat(temporal.problem()).isPresent();
                    proxy.accept();
                    Awaitility.await().until(() -> temporal.problem().isEmpty());
                    Projects projects = new Projects(temporal, content);
                    String project = "late-" + System.nanoTime();
                    projects.submit(
                            "t1",
                            project,
                            SPEC.getBytes(StandardCharsets.UTF_8),
                            new Submitter("alice", List.of(), ""));
                    projects.ask(
                            "t1",
                            project,
                            workflow -> {
                                workflow.cancel();
                                return true;
                            });
                    Awaitility.await()
                            .atMost(java.time.Duration.ofSeconds(60))
                            .until(() -> projects.result("t1", project).isPresent());
                    assertThat(projects.result("t1", project).orElseThrow().verdict())
                            .isEqualTo("CANCELLED");
                } finally {
                    workers.stop();
                }
            }
        }
    }

    private LibraryActivities activities(ContentStore content) throws Exception {
        return new LibraryActivities(
                content,
                new BubblewrapSandbox(
                        Path.of("/usr/bin/bwrap"), folder.resolve("state"), 61_400, 1),
                folder,
                new Planning("", (tenant, model) -> Optional.of("none")),
                order -> List.of());
    }

    @Test
    void withoutAServerThereAreNoWorkersAndNothingIsMissing() throws Exception {
        KamachiqSettings settings =
                new KamachiqSettings(
                        "/usr/bin/bwrap", 61_400, "", "default", "", 1, folder.toString());
        try (TemporalConnection temporal = new TemporalConnection(settings)) {
            ProjectWorkers workers =
                    new ProjectWorkers(
                            temporal,
                            Optional.of(activities(new ContentStore(folder.resolve("content")))),
                            Optional.empty(),
                            1);
            workers.start();
            assertThat(temporal.problem()).isEmpty();
            assertThat(temporal.client()).isEmpty();
            workers.stop();
        }
    }
}
