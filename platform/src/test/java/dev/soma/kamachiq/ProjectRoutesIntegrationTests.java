package dev.soma.kamachiq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.Digest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Projects as their users see them, over the real platform, Temporal, interpreter and sandbox.
class ProjectRoutesIntegrationTests {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PROJECTS = "/v1/kamachiq/projects";
    private static Path workspaces;
    private static TestPlatform platform;
    private static String admin;

    @BeforeAll
    static void open() throws Exception {
        workspaces = Files.createTempDirectory(Path.of("/var/tmp"), "soma-routes-");
        platform =
                TestPlatform.start(
                        Map.of(
                                "soma.kamachiq.temporal", TestEngines.temporal().address(),
                                "soma.kamachiq.bubblewrap",
                                        Fetches.bubblewrap(Progress.silent()).toString(),
                                "soma.kamachiq.first-user", "61300",
                                "soma.kamachiq.users", "4",
                                "soma.kamachiq.workspaces", workspaces.toString()));
        admin = platform.adminKey();
    }

    @AfterAll
    static void close() throws Exception {
        platform.close();
        try (var left = Files.list(workspaces)) {
            assertThat(left).isEmpty();
        }
        Files.delete(workspaces);
    }

    private static String spec(String id, String text) {
        return "id: %s\ntitle: A calculator\ntext: %s\nbudget_tokens: 1000\ntimeout_minutes: 15\n"
                .formatted(id, text);
    }

    private static JsonNode body(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }

    private static JsonNode awaited(String project, String phase) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (true) {
            JsonNode status = body(platform.get(PROJECTS + "/" + project, admin));
            if (status.path("phase").asString("").equals(phase)) {
                return status;
            }
            assertThat(System.nanoTime()).as("%s", status).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void aProjectIsHandedInCarriedOutAndFetched() throws Exception {
        String spec = spec("first", "It supports addition.");
        HttpResponse<String> started = platform.post(PROJECTS, admin, spec);
        assertThat(started.statusCode()).as(started.body()).isEqualTo(202);
        assertThat(platform.post(PROJECTS, admin, spec).statusCode()).isEqualTo(200);
        assertThat(platform.post(PROJECTS, admin, spec("first", "Another.")).statusCode())
                .isEqualTo(409);
        JsonNode done = awaited("first", "SUCCEEDED");
        assertThat(done.path("verdict").asString("")).isEqualTo("SUCCEEDED");
        assertThat(done.path("tasks").path("program").asString("")).isEqualTo("DONE");
        HttpResponse<String> program = platform.get(PROJECTS + "/first/files/calculator.py", admin);
        assertThat(Digest.sha256Hex(program.body()))
                .isEqualTo(done.path("files").path("calculator.py").asString(""));
        assertThat(program.headers().firstValue("content-disposition")).contains("attachment");
        JsonNode report = body(platform.get(PROJECTS + "/first/report", admin));
        assertThat(report.path("schema").asString("")).isEqualTo("kq.report/v1");
        assertThat(platform.post(PROJECTS + "/first/cancel", admin, "").statusCode())
                .isEqualTo(409);
    }

    @Test
    void aPersonDecidesOverHttp() throws Exception {
        platform.post(PROJECTS, admin, spec("second", "It has a plotting window."));
        JsonNode waiting = awaited("second", "AWAITING_HUMAN");
        assertThat(waiting.path("reasons").get(0).asString("")).contains("plotting window");
        assertThat(platform.get(PROJECTS + "/second/report", admin).statusCode()).isEqualTo(404);
        String decision = PROJECTS + "/second/decision";
        assertThat(platform.post(decision, admin, "{\"decision\": \"maybe\"}").statusCode())
                .isEqualTo(400);
        assertThat(platform.post(decision, admin, "{\"decision\": \"reject\"}").statusCode())
                .isEqualTo(200);
        assertThat(awaited("second", "REJECTED").path("files").size()).isZero();
        assertThat(platform.post(decision, admin, "{\"decision\": \"deliver\"}").statusCode())
                .isEqualTo(409);
    }

    @Test
    void aFaultySpecificationIsToldWithItsLine() throws Exception {
        HttpResponse<String> answer =
                platform.post(PROJECTS, admin, spec("third", "x") + "surprise: 1\n");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("Line 6").contains("surprise");
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        for (String path : new String[] {"/none", "/none/report", "/none/files/x", "/..%2f"}) {
            assertThat(platform.get(PROJECTS + path, admin).statusCode()).as(path).isIn(404, 400);
        }
        assertThat(platform.post(PROJECTS + "/none/pause", admin, "").statusCode()).isEqualTo(404);
    }
}
