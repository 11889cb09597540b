package dev.soma.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.Part;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/// `kill -9` of the packed platform, workers and all, in the middle of projects. What comes of them
/// is the same byte for byte, and nothing that happened is told twice.
///
/// `-Dsoma.tests=full` kills twenty times, `-Dsoma.crash.seed=N` repeats a run's choices.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProjectCrashAcceptanceTests {
    private static final String PROJECTS = "/v1/kamachiq/projects";
    private static final String RIGHTS = "[\"chat\",\"projects:read\",\"projects:write\"]";

    private final long seed = Long.getLong("soma.crash.seed", System.nanoTime());
    private final PackedPlatform platform;
    private String key = "";

    ProjectCrashAcceptanceTests() throws IOException, InterruptedException {
        platform =
                PackedPlatform.governed(
                        "project-crash",
                        options ->
                                options.without(Part.SLM)
                                        .with(Part.TEMPORAL)
                                        .platformProperty("soma.kamachiq.first-user", "62300"));
    }

    @AfterAll
    void stop() {
        platform.close();
    }

    @Test
    void aProjectEndsTheSameHoweverOftenThePlatformIsKilled() throws Exception {
        int trials = System.getProperty("soma.tests", "").equals("full") ? 20 : 2;
        System.out.println("project crash: " + trials + " trials, seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        key = user();
        submit("calm");
        JsonNode calm = ended("calm");
        Map<String, Integer> told = told("calm");
        int happenings = happenings("calm").size();
        for (int trial = 0; trial < trials; trial++) {
            String project = "crash" + trial;
            submit(project);
            int at = random.nextInt(1, happenings - 1);
            Awaitility.await(project + " to come to its happening " + at)
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> happenings(project).size() >= at);
            platform.killAndAwait(List.of(Part.PLATFORM));
            JsonNode stormy = ended(project);
            assertThat(stormy.path("verdict").asString("")).isEqualTo("SUCCEEDED");
            assertThat(stormy.path("files")).as("killed at %d", at).isEqualTo(calm.path("files"));
            assertThat(told(project)).as("killed at %d", at).isEqualTo(told);
        }
    }

    private String user() throws IOException, InterruptedException {
        Operator operator = platform.operator();
        operator.tenant("builders");
        platform.http()
                .put(
                        "/v1/users/alice",
                        operator.key(),
                        "{\"tenant\":\"builders\",\"capabilities\":%s}".formatted(RIGHTS))
                .ok();
        return platform.http()
                .post(
                        "/v1/api-keys",
                        operator.key(),
                        "{\"tenant\":\"builders\",\"owner\":\"alice\",\"name\":\"p\",\"capabilities\":%s}"
                                .formatted(RIGHTS))
                .ok()
                .json()
                .path("key")
                .asString("");
    }

    private void submit(String project) throws IOException, InterruptedException {
        platform.http()
                .post(
                        PROJECTS,
                        key,
                        """
                        {"id":"%s","title":"Create Python CLI calculator",
                         "text":"It supports addition. The program is called sums.",
                         "budget_tokens":1000,"timeout_minutes":30}
                        """
                                .formatted(project))
                .ok();
    }

    /// What was cut off is done again when its time is over, which takes minutes at the most.
    private JsonNode ended(String project) {
        return Awaitility.await(project + " to end")
                .atMost(Duration.ofMinutes(6))
                .pollInterval(Duration.ofMillis(200))
                .ignoreException(IOException.class)
                .until(
                        () -> platform.http().get(PROJECTS + "/" + project, key).json(),
                        status -> status.has("verdict"));
    }

    private JsonNode happenings(String project) throws IOException, InterruptedException {
        return platform.http()
                .get(PROJECTS + "/" + project + "/events", key)
                .ok()
                .json()
                .path("items");
    }

    /// How often each thing was told.
    private Map<String, Integer> told(String project) throws IOException, InterruptedException {
        Map<String, Integer> told = new TreeMap<>();
        for (JsonNode happening : happenings(project)) {
            String what =
                    "%s %s %s"
                            .formatted(
                                    happening.path("kind").asString(""),
                                    happening.path("task").asString(""),
                                    happening.path("facts").path("state").asString(""));
            told.merge(what, 1, Integer::sum);
        }
        return told;
    }
}
