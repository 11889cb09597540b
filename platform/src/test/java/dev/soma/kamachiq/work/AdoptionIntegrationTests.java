package dev.soma.kamachiq.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Ports;
import dev.soma.devkit.Progress;
import dev.soma.harness.TestPlatform;
import dev.soma.kamachiq.work.AuthorProvider.Move;
import dev.soma.kamachiq.work.Payloads.Shown;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A project in the middle of its work whose Temporal server loses everything it knew.
class AdoptionIntegrationTests {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PROJECTS = "/v1/kamachiq/projects";
    private static final String RIGHTS =
            "[\"chat\",\"projects:read\",\"projects:write\",\"projects:decide\",\"tools:call\"]";

    @TempDir private Path folder;
    private Path workspaces;
    private Process server;
    private int port;
    private TestPlatform platform;
    private String author;
    private String second;

    private Process temporal(String database) throws IOException {
        Process server =
                new ProcessBuilder(
                                Fetches.temporal(Progress.silent()).toString(),
                                "server",
                                "start-dev",
                                "--db-filename",
                                folder.resolve(database).toString(),
                                "--ip",
                                "127.0.0.1",
                                "--port",
                                Integer.toString(port),
                                "--log-level",
                                "error",
                                "--headless")
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("temporal.log").toFile())
                        .start();
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !Ports.isFree(port));
        return server;
    }

    private static void kill(Process server) throws InterruptedException {
        server.destroyForcibly();
        assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    private String user(String name) throws Exception {
        String who = "{\"tenant\":\"acme\",\"capabilities\":%s}".formatted(RIGHTS);
        TestPlatform.ok(platform.put("/v1/users/" + name, platform.adminKey(), who));
        String key =
                "{\"tenant\":\"acme\",\"owner\":\"%s\",\"name\":\"t\",\"capabilities\":%s}"
                        .formatted(name, RIGHTS);
        return body(platform.post("/v1/api-keys", platform.adminKey(), key))
                .path("key")
                .asString("");
    }

    private static JsonNode body(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }

    private JsonNode awaited(String phase) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .until(
                        () -> body(platform.get(PROJECTS + "/lost", author)),
                        status -> status.path("phase").asString("").equals(phase));
    }

    /// Until a person is asked about the program.
    private void awaitWaiting() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .until(
                        () ->
                                body(platform.get(PROJECTS + "/lost", author))
                                        .path("waits")
                                        .has("program"));
    }

    private Set<String> kinds() throws Exception {
        Set<String> kinds = new TreeSet<>();
        body(platform.get(PROJECTS + "/lost/events", author))
                .path("items")
                .forEach(item -> kinds.add(item.path("kind").asString("")));
        return kinds;
    }

    @BeforeEach
    void open() throws Exception {
        workspaces =
                Files.createTempDirectory(
                        Path.of("/var/tmp"),
                        "soma-adoption-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
        port = Ports.free();
        server = temporal("first.db");
        platform =
                TestPlatform.governed(
                        Map.of(
                                "soma.kamachiq.temporal",
                                "127.0.0.1:" + port,
                                "soma.kamachiq.bubblewrap",
                                Fetches.bubblewrap(Progress.silent()).toString(),
                                "soma.kamachiq.first-user",
                                "61800",
                                "soma.kamachiq.users",
                                "2",
                                "soma.kamachiq.adopt-after-seconds",
                                "1",
                                "soma.kamachiq.workspaces",
                                workspaces.toString()));
        platform.tenant("acme");
        author = user("author");
        second = user("second");
    }

    @AfterEach
    void close() throws Exception {
        platform.close();
        kill(server);
        Files.delete(workspaces);
    }

    private static Move write(String path) {
        return AuthorProvider.write(
                path, path.endsWith(".md") ? "word ".repeat(30) : "\"\"\"Nothing yet.\"\"\"\n");
    }

    @Test
    void aProjectIsBegunAgainAndNothingIsPaidTwice() throws Exception {
        try (AuthorProvider provider = new AuthorProvider()) {
            provider.script(
                    "writer",
                    messages ->
                            AuthorProvider.used(messages) == 0
                                    ? write(AuthorProvider.wanted(messages))
                                    : AuthorProvider.finish());
            lose(provider);
        }
    }

    private void lose(AuthorProvider provider) throws Exception {
        platform.provider("author", provider.uri(), "writer");
        platform.bean(Certificates.class)
                .save("acme", new Shown("author/writer", 20, 20, "0".repeat(64)));
        String spec =
                """
                id: lost
                title: A calculator
                text: It supports addition.
                budget_tokens: 900000
                timeout_minutes: 15
                producer: model
                model: author/writer
                """;
        assertThat(platform.post(PROJECTS, author, spec).statusCode()).isEqualTo(202);
        awaitWaiting();
        long calls = provider.calls();
        String ledger = platform.get(PROJECTS + "/lost/ledger", author).body();
        kill(server);
        server = temporal("second.db");
        Awaitility.await().atMost(Duration.ofSeconds(90)).until(() -> kinds().contains("ADOPTED"));
        awaitWaiting();
        assertThat(provider.calls()).as("every step was found in the journal").isEqualTo(calls);
        assertThat(platform.get(PROJECTS + "/lost/ledger", author).body()).isEqualTo(ledger);
        String word = "{\"task\":\"program\",\"decision\":\"reject\",\"reason\":\"no\"}";
        TestPlatform.ok(platform.post(PROJECTS + "/lost/decision", second, word));
        JsonNode ended = awaited("REJECTED");
        assertThat(ended.path("reasons").toString()).contains("score");
        assertThat(platform.get("/metrics", platform.adminKey()).body())
                .contains("kamachiq_estimate_error_ratio_count 1");
        kill(server);
        server = temporal("third.db");
        assertThat(awaited("REJECTED").path("verdict").asString(""))
                .as("what has ended is told when the server has forgotten it")
                .isEqualTo("REJECTED");
        assertThat(platform.get(PROJECTS + "/lost/report", author).statusCode()).isEqualTo(200);
        assertThat(platform.post(PROJECTS, author, spec).statusCode())
                .as("what has ended does not begin again")
                .isEqualTo(200);
    }
}
