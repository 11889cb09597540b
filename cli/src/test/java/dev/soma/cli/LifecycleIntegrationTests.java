package dev.soma.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.devkit.Home;
import dev.soma.devkit.Processes;
import dev.soma.devkit.TestEngines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LifecycleIntegrationTests {
    private final Home home;
    private final Shell shell;

    LifecycleIntegrationTests(TestInfo test) {
        home =
                new Home(
                        TestEngines.folder(
                                test.getTestClass().orElseThrow().getSimpleName()
                                        + System.nanoTime()));
        shell = new Shell(home.path());
    }

    @AfterEach
    void stop() throws Exception {
        assertThat(shell.soma("down").status()).isZero();
        assertThat(Leftovers.of(home)).isEmpty();
    }

    @Test
    void upStartsASecondUpSaysSoAndDownLeavesNothing() throws Exception {
        assertThat(shell.soma("status").status()).isEqualTo(1);

        Shell.Result up = shell.soma("up", "--only", "postgres,redis");
        assertThat(up.status()).as(up.err()).isZero();
        assertThat(up.out()).contains("postgres  ready", "redis     ready");
        JsonNode connection = JsonMapper.shared().readTree(Files.readString(home.connectionFile()));
        long supervisor = connection.path("pids").path("supervisor").asLong();
        assertThat(Processes.alive(supervisor)).isTrue();

        Shell.Result again = shell.soma("up", "--only", "redis");
        assertThat(again.status()).isZero();
        assertThat(again.out()).contains("already running: supervisor pid " + supervisor);

        JsonNode status = status();
        assertThat(status.path("phase").asString()).isEqualTo("ready");
        assertThat(status.path("parts")).hasSize(2);

        assertThat(shell.soma("logs", "redis").out()).contains("Ready to accept connections");
        Shell.Result down = shell.soma("down");
        assertThat(down.out()).contains("nothing is left running");
        assertThat(Leftovers.of(home)).isEmpty();
        try (Stream<Path> files = Files.list(home.run())) {
            assertThat(files).isEmpty();
        }
        assertThat(home.data().resolve("postgres/data/PG_VERSION")).exists();
    }

    @Test
    void aKilledPartComesBackAndTheConnectionFileFollows() throws Exception {
        assertThat(shell.soma("up", "--only", "redis").status()).isZero();
        long before = status().path("parts").path(0).path("pid").asLong();

        ProcessHandle.of(before).orElseThrow().destroyForcibly();

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            JsonNode redis = status().path("parts").path(0);
                            assertThat(redis.path("state").asString()).isEqualTo("ready");
                            assertThat(redis.path("restarts").asInt()).isEqualTo(1);
                            assertThat(redis.path("pid").asLong()).isNotEqualTo(before);
                            JsonNode connection =
                                    JsonMapper.shared()
                                            .readTree(Files.readString(home.connectionFile()));
                            assertThat(connection.path("pids").path("redis").asLong())
                                    .isEqualTo(redis.path("pid").asLong());
                        });
    }

    @Test
    void theLanguageModelAnswersAgainAfterKillNine() throws Exception {
        Shell.Result up = shell.soma("up", "--only", "slm");
        assertThat(up.status()).as(up.err()).isZero();
        JsonNode connection = JsonMapper.shared().readTree(Files.readString(home.connectionFile()));
        long before = connection.path("pids").path("slm").asLong();
        assertThat(completionAt(connection.path("slm").asString())).isPositive();

        ProcessHandle.of(before).orElseThrow().destroyForcibly();
        await().atMost(Duration.ofMinutes(1))
                .until(
                        () -> {
                            JsonNode slm = status().path("parts").path(0);
                            return slm.path("state").asString().equals("ready")
                                    && slm.path("pid").asLong() != before;
                        });

        assertThat(completionAt(connection.path("slm").asString())).isPositive();
    }

    @Test
    void upHealsAfterTheSupervisorWasKilled() throws Exception {
        assertThat(shell.soma("up", "--only", "redis").status()).isZero();
        JsonNode first = status();
        long supervisor = first.path("supervisor").asLong();
        long redis = first.path("parts").path(0).path("pid").asLong();

        ProcessHandle.of(supervisor).orElseThrow().destroyForcibly();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !Processes.alive(redis) && !Processes.alive(supervisor));
        assertThat(shell.soma("status").out()).contains("supervisor is gone", "./soma up heals it");

        Shell.Result healed = shell.soma("up", "--only", "redis");
        assertThat(healed.status()).as(healed.err()).isZero();
        assertThat(healed.out()).contains("supervisor of the last run is gone");
        assertThat(status().path("supervisor").asLong()).isNotEqualTo(supervisor);
    }

    @Test
    void aPartThatCannotRunFailsTheStartAndIsHealedByTheNext() throws Exception {
        Path blocker = home.data().resolve("redis");
        Files.createDirectories(blocker);
        Files.createDirectory(blocker.resolve("redis.conf"));
        Files.createFile(blocker.resolve("redis.conf").resolve("in-the-way"));

        Shell.Result failed = shell.soma("up", "--only", "redis");
        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.err()).contains("redis is failed", "./soma logs");
        assertThat(status().path("parts").path(0).path("state").asString()).isEqualTo("failed");

        Files.delete(blocker.resolve("redis.conf").resolve("in-the-way"));
        Files.delete(blocker.resolve("redis.conf"));
        Shell.Result healed = shell.soma("up", "--only", "redis");
        assertThat(healed.status()).as(healed.err()).isZero();
        assertThat(healed.out()).contains("healing", "healed");
    }

    @Test
    void twoUpsAtOnceStartOneSupervisor() throws Exception {
        List<Shell.Result> results =
                java.util.Collections.synchronizedList(new java.util.ArrayList<>());
        Thread other = Thread.ofVirtual().start(() -> results.add(up()));
        results.add(up());
        other.join();

        assertThat(results).hasSize(2).allMatch(result -> result.status() == 0);
        assertThat(
                        Processes.withArgument(SupervisorMain.class.getName()).stream()
                                .filter(
                                        pid ->
                                                environmentOf(pid)
                                                        .contains("SOMA_HOME=" + home.path())))
                .hasSize(1);
    }

    @Test
    void aBusyPortIsReportedWithItsHolderAndNothingStarts() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Shell.Result up =
                    shell.with("SOMA_PORT", Integer.toString(socket.getLocalPort())).soma("up");

            assertThat(up.status()).isEqualTo(1);
            assertThat(up.err())
                    .contains("port " + socket.getLocalPort())
                    .contains("pid " + ProcessHandle.current().pid())
                    .contains("SOMA_PORT");
        }
        assertThat(home.connectionFile()).doesNotExist();
    }

    private Shell.Result up() {
        try {
            return shell.soma("up", "--only", "redis");
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private JsonNode status() throws IOException, InterruptedException {
        return JsonMapper.shared().readTree(shell.soma("status", "--json").out());
    }

    /// How many tokens the model spoke.
    private static int completionAt(String slm) throws IOException, InterruptedException {
        String body =
                """
                {"model":"smollm2-135m-instruct","max_tokens":8,
                 "messages":[{"role":"user","content":"Say hello."}]}
                """;
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(slm + "/v1/chat/completions"))
                        .timeout(Duration.ofMinutes(1))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return JsonMapper.shared()
                    .readTree(answer.body())
                    .path("usage")
                    .path("completion_tokens")
                    .asInt();
        }
    }

    private static String environmentOf(long pid) {
        try {
            return Files.readString(
                    Path.of("/proc/" + pid + "/environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }
}
