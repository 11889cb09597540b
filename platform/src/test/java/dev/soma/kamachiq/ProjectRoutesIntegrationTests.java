package dev.soma.kamachiq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.Sse;
import dev.soma.harness.TestPlatform;
import dev.soma.harness.Topics;
import dev.soma.kernel.Digest;
import dev.soma.replay.Outcome;
import dev.soma.replay.Replay;
import dev.soma.verifier.VerifierKey;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
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
    private static String author;
    private static String second;

    @BeforeAll
    static void open() throws Exception {
        workspaces = Files.createTempDirectory(Path.of("/var/tmp"), "soma-routes-");
        platform =
                TestPlatform.governed(
                        Map.of(
                                "soma.kamachiq.temporal", TestEngines.temporal().address(),
                                "soma.kamachiq.bubblewrap",
                                        Fetches.bubblewrap(Progress.silent()).toString(),
                                "soma.kamachiq.first-user", "61300",
                                "soma.kamachiq.users", "4",
                                "soma.kamachiq.workspaces", workspaces.toString()));
        admin = platform.adminKey();
        platform.tenant("acme");
        author =
                user(
                        "author",
                        "[\"chat\",\"projects:write\",\"projects:read\",\"projects:decide\"]");
        second = user("second", "[\"projects:decide\",\"projects:read\"]");
    }

    private static String user(String name, String rights) throws Exception {
        assertThat(
                        platform.put(
                                        "/v1/users/" + name,
                                        admin,
                                        "{\"tenant\":\"acme\",\"capabilities\":%s}"
                                                .formatted(rights))
                                .statusCode())
                .isEqualTo(200);
        return body(platform.post(
                        "/v1/api-keys",
                        admin,
                        "{\"tenant\":\"acme\",\"owner\":\"%s\",\"name\":\"test\",\"capabilities\":%s}"
                                .formatted(name, rights)))
                .path("key")
                .asString("");
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
            JsonNode status = body(platform.get(PROJECTS + "/" + project, author));
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
        HttpResponse<String> started = platform.post(PROJECTS, author, spec);
        assertThat(started.statusCode()).as(started.body()).isEqualTo(202);
        assertThat(platform.post(PROJECTS, author, spec).statusCode()).isEqualTo(200);
        assertThat(platform.post(PROJECTS, author, spec("first", "Another.")).statusCode())
                .isEqualTo(409);
        JsonNode done = awaited("first", "SUCCEEDED");
        assertThat(done.path("verdict").asString("")).isEqualTo("SUCCEEDED");
        assertThat(done.path("tasks").path("program").asString("")).isEqualTo("DONE");
        HttpResponse<String> program =
                platform.get(PROJECTS + "/first/files/calculator.py", author);
        assertThat(Digest.sha256Hex(program.body()))
                .isEqualTo(done.path("files").path("calculator.py").asString(""));
        assertThat(program.headers().firstValue("content-disposition")).contains("attachment");
        JsonNode report = body(platform.get(PROJECTS + "/first/report", author));
        assertThat(report.path("schema").asString("")).isEqualTo("kq.report/v1");
        assertThat(body(platform.get(PROJECTS, author)).path("items").toString())
                .contains("\"project\":\"first\"", "\"verdict\":\"SUCCEEDED\"");
        JsonNode ledger = body(platform.get(PROJECTS + "/first/ledger", author)).path("items");
        assertThat(ledger.get(0).path("limit_tokens").asLong()).isEqualTo(1_000);
        assertThat(ledger.size()).isEqualTo(4);
        assertThat(
                        platform.post(
                                        PROJECTS + "/first/top-up?tenant=acme",
                                        admin,
                                        "{\"tokens\":500}")
                                .body())
                .contains("\"limit_tokens\":1500");
        assertThat(platform.post(PROJECTS + "/first/cancel", author, "").statusCode())
                .isEqualTo(409);
        HttpResponse<String> page = platform.get(PROJECTS + "/first/report.html", author);
        assertThat(page.body())
                .startsWith("<!doctype html>")
                .contains("SUCCEEDED", "py.calculator@1");
        assertThat(page.headers().firstValue("content-security-policy").orElse(""))
                .contains("default-src 'none'", "sandbox");
        requireSaidByTheLog(done);
        assertThat(platform.get("/metrics", admin).body())
                .contains(
                        "kamachiq_approval_rate ",
                        "kamachiq_schedule_ratio_count",
                        "kamachiq_human_queue_depth",
                        "kamachiq_provenance_bytes_total{origin=\"CAPSULE\"}")
                .doesNotContain("kamachiq_human_queue_depth NaN");
    }

    /// The log, whose checkpoint is signed, says how the project ended and with which report.
    private static void requireSaidByTheLog(JsonNode done) throws Exception {
        VerifierKey key =
                VerifierKey.parse(
                        Files.readString(platform.folder().resolve("node/audit.vkey")).strip());
        String path = done.path("receipt").asString("");
        HttpResponse<String> receipt =
                Awaitility.await()
                        .until(
                                () -> platform.get(path, author),
                                answer -> answer.statusCode() == 200);
        assertThat(Replay.check(receipt.body().getBytes(StandardCharsets.UTF_8), key))
                .isEqualTo(
                        new Outcome.Reported(
                                "first", "SUCCEEDED", done.path("report_sha256").asString("")));
    }

    @Test
    void aPersonDecidesOverHttp() throws Exception {
        platform.post(PROJECTS, author, spec("second", "It has a plotting window."));
        JsonNode waiting = awaited("second", "AWAITING_HUMAN");
        assertThat(waiting.path("reasons").get(0).asString("")).contains("plotting window");
        assertThat(platform.get(PROJECTS + "/second/report", author).statusCode()).isEqualTo(404);
        String decision = PROJECTS + "/second/decision";
        assertThat(platform.post(decision, author, "{\"decision\": \"maybe\"}").statusCode())
                .isEqualTo(400);
        HttpResponse<String> own = platform.post(decision, author, "{\"decision\": \"reject\"}");
        assertThat(own.statusCode()).isEqualTo(403);
        assertThat(own.body()).contains("four_eyes");
        assertThat(platform.post(decision, second, "{\"decision\": \"rework\"}").statusCode())
                .isEqualTo(409);
        assertThat(platform.post(decision, second, "{\"decision\": \"reject\"}").statusCode())
                .isEqualTo(200);
        assertThat(awaited("second", "REJECTED").path("files").size()).isZero();
        assertThat(platform.post(decision, second, "{\"decision\": \"deliver\"}").statusCode())
                .isEqualTo(409);
    }

    @Test
    void aFaultySpecificationIsToldWithItsLine() throws Exception {
        HttpResponse<String> answer =
                platform.post(PROJECTS, author, spec("third", "x") + "surprise: 1\n");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("Line 6").contains("surprise");
    }

    @Test
    void anOperatorDecidesInATenantAndHandsNothingIn() throws Exception {
        assertThat(
                        platform.post(PROJECTS, admin, spec("own", "It supports addition."))
                                .statusCode())
                .isEqualTo(409);
        platform.post(PROJECTS, author, spec("foreign", "It has a plotting window."));
        awaited("foreign", "AWAITING_HUMAN");
        assertThat(platform.get(PROJECTS + "/foreign", admin).statusCode()).isEqualTo(404);
        HttpResponse<String> decided =
                platform.post(
                        PROJECTS + "/foreign/decision?tenant=acme",
                        admin,
                        "{\"decision\": \"deliver\", \"reason\": \"good enough\"}");
        assertThat(decided.statusCode()).as(decided.body()).isEqualTo(200);
        assertThat(awaited("foreign", "PARTIAL").path("files").size()).isEqualTo(3);
        String report = platform.get(PROJECTS + "/foreign/report", author).body();
        assertThat(report).contains("platform/root", "good enough", "SPEND");
    }

    @Test
    void aPlanIsShownWithNothingStarted() throws Exception {
        JsonNode plan =
                body(
                        platform.post(
                                "/v1/kamachiq/reach",
                                author,
                                spec("planned", "It supports addition and a plotting window.")));
        assertThat(plan.path("gaps").get(0).asString("")).contains("plotting window");
        assertThat(plan.path("tasks")).hasSize(3);
        assertThat(platform.get(PROJECTS + "/planned", author).statusCode()).isEqualTo(404);
        assertThat(
                        platform.post(
                                        "/v1/kamachiq/reach",
                                        author,
                                        spec("planned", "x") + "odd: 1\n")
                                .statusCode())
                .isEqualTo(400);
    }

    @Test
    void aForkDoesAgainWhatFollowsFromItsChangeAndNothingElse() throws Exception {
        platform.post(PROJECTS, author, spec("base", "It supports addition."));
        JsonNode base = awaited("base", "SUCCEEDED");
        String fork = PROJECTS + "/base/fork";
        assertThat(platform.post(fork, author, "{\"project\":\"f1\"}").statusCode()).isEqualTo(400);
        assertThat(platform.post(fork, author, "{\"project\":\"f1\",\"tasks\":[\"none\"]}").body())
                .contains("no task 'none'");
        String tests = "{\"project\":\"f1\",\"tasks\":[\"tests\"]}";
        HttpResponse<String> started = platform.post(fork, author, tests);
        assertThat(started.statusCode()).as(started.body()).isEqualTo(202);
        assertThat(platform.post(fork, author, tests).statusCode()).isEqualTo(200);
        assertThat(
                        platform.post(fork, author, tests.replace("[\"tests\"]", "[\"docs\"]"))
                                .statusCode())
                .isEqualTo(409);
        JsonNode again = awaited("f1", "SUCCEEDED");
        assertThat(again.path("files")).isEqualTo(base.path("files"));
        assertThat(begun("f1")).containsExactly("tests");
        assertThat(states("f1")).containsOnly("DONE");
        String other = spec("f2", "It supports addition and subtraction.").replace("\n", "\\n");
        platform.post(
                fork, author, "{\"project\":\"f2\",\"specification\":\"%s\"}".formatted(other));
        assertThat(awaited("f2", "SUCCEEDED").path("files")).isNotEqualTo(base.path("files"));
        assertThat(begun("f2")).containsExactlyInAnyOrder("program", "tests", "docs");
        String same = spec("f3", "It supports addition.").replace("\n", "\\n");
        platform.post(
                fork, author, "{\"project\":\"f3\",\"specification\":\"%s\"}".formatted(same));
        assertThat(awaited("f3", "SUCCEEDED").path("files")).isEqualTo(base.path("files"));
        assertThat(begun("f3")).isEmpty();
    }

    /// Tasks of a project that an agent began, in order.
    private static List<String> begun(String project) throws Exception {
        List<String> begun = new ArrayList<>();
        for (JsonNode event :
                body(platform.get(PROJECTS + "/" + project + "/events", author)).path("items")) {
            if (event.path("facts").path("state").asString("").equals("RUNNING")) {
                begun.add(event.path("task").asString(""));
            }
        }
        return begun;
    }

    private static List<String> states(String project) throws Exception {
        List<String> states = new ArrayList<>();
        for (JsonNode task :
                body(platform.get(PROJECTS + "/" + project + "/graph", author)).path("items")) {
            states.add(task.path("state").asString(""));
        }
        return states;
    }

    @Test
    void aPlanIsCarriedOutOnceSomebodyElseAgrees() throws Exception {
        platform.post(
                PROJECTS, author, spec("agreed", "It supports addition.") + "approve_plan: true\n");
        JsonNode waiting = awaited("agreed", "AWAITING_HUMAN");
        assertThat(waiting.path("waits").path("").asString("")).contains("plan");
        assertThat(states("agreed")).containsExactly("PENDING", "PENDING", "PENDING");
        Awaitility.await()
                .until(
                        () -> platform.get("/v1/kamachiq/reviews", second).body(),
                        queue -> queue.contains("\"project\":\"agreed\""));
        assertThat(platform.post(PROJECTS + "/agreed/approve-plan", author, "").body())
                .contains("four_eyes");
        String decision = PROJECTS + "/agreed/decision";
        assertThat(platform.post(decision, second, "{\"decision\": \"deliver\"}").statusCode())
                .isEqualTo(409);
        String claim = PROJECTS + "/agreed/claim";
        assertThat(platform.post(claim, second, "{}").statusCode()).isEqualTo(200);
        assertThat(platform.post(claim, second, "{}").statusCode()).isEqualTo(200);
        assertThat(platform.post(claim, author, "{}").statusCode()).isEqualTo(409);
        assertThat(platform.get("/v1/kamachiq/reviews", second).body())
                .contains("\"claimed_by\":\"second\"");
        assertThat(
                        platform.post(PROJECTS + "/agreed/approve-plan?tenant=acme", admin, "")
                                .statusCode())
                .isEqualTo(409);
        assertThat(platform.post(PROJECTS + "/agreed/approve-plan", second, "").statusCode())
                .isEqualTo(200);
        awaited("agreed", "SUCCEEDED");
        assertThat(platform.get("/v1/kamachiq/reviews", second).body())
                .doesNotContain("\"agreed\"");
        assertThat(platform.post(claim, second, "{}").statusCode()).isEqualTo(404);
    }

    @Test
    void whatIsNotCoveredCanBeAmendedInsteadOfRejected() throws Exception {
        platform.post(PROJECTS, author, spec("amended", "It supports addition and a window."));
        awaited("amended", "AWAITING_HUMAN");
        String decision = PROJECTS + "/amended/decision";
        assertThat(platform.post(decision, second, "{\"decision\":\"amend\"}").body())
                .contains("is needed to amend it");
        String other = "{\"decision\":\"amend\",\"specification\":\"%s\"}";
        assertThat(
                        platform.post(
                                        decision,
                                        second,
                                        other.formatted(
                                                spec("else", "It adds.").replace("\n", "\\n")))
                                .statusCode())
                .isEqualTo(400);
        assertThat(
                        platform.post(decision, second, other.formatted("id: amended\\nodd: 1"))
                                .statusCode())
                .isEqualTo(400);
        String text = spec("amended", "It supports addition.");
        HttpResponse<String> amended =
                platform.post(decision, second, other.formatted(text.replace("\n", "\\n")));
        assertThat(amended.statusCode()).as(amended.body()).isEqualTo(200);
        JsonNode done = awaited("amended", "SUCCEEDED");
        assertThat(done.path("reasons").size()).isZero();
        String report = platform.get(PROJECTS + "/amended/report", author).body();
        assertThat(report)
                .contains("\"choice\":\"AMEND\"")
                .contains("\"spec_sha256\":\"%s\"".formatted(Digest.sha256Hex(text)));
    }

    @Test
    void aTaskThatIsMoreUrgentBeginsFirst() throws Exception {
        platform.post(
                PROJECTS,
                author,
                """
                id: urgent
                title: Two calculators
                text: Python 3.
                budget_tokens: 1000
                timeout_minutes: 15
                approve_plan: true
                tasks:
                  - {id: adds, type: code, description: A calculator that supports addition.}
                  - {id: takes, type: code, description: A calculator that supports subtraction.}
                """);
        awaited("urgent", "AWAITING_HUMAN");
        String urgency = "{\"task\":\"takes\",\"priority\":1}";
        String route = PROJECTS + "/urgent/reprioritise";
        assertThat(platform.post(route, author, urgency).statusCode()).isEqualTo(409);
        platform.post(PROJECTS + "/urgent/pause", author, "");
        platform.post(PROJECTS + "/urgent/approve-plan", second, "");
        awaited("urgent", "EXECUTE");
        assertThat(platform.post(route, author, urgency.replace("1}", "6}")).statusCode())
                .isEqualTo(400);
        assertThat(platform.post(route, author, urgency.replace("takes", "no")).statusCode())
                .isEqualTo(409);
        HttpResponse<String> moved = platform.post(route, author, urgency);
        assertThat(moved.statusCode()).as(moved.body()).isEqualTo(200);
        JsonNode graph = body(platform.get(PROJECTS + "/urgent/graph", author)).path("items");
        assertThat(graph.get(1).path("priority").asInt()).isEqualTo(1);
        assertThat(graph.get(1).path("state").asString("")).isEqualTo("READY");
        platform.post(PROJECTS + "/urgent/resume", author, "");
        awaited("urgent", "SUCCEEDED");
        assertThat(begun("urgent")).containsExactly("takes", "adds");
        JsonNode why = body(platform.get(PROJECTS + "/urgent/nodes/takes/why", author));
        assertThat(why.path("state").asString("")).isEqualTo("DONE");
        assertThat(why.path("happened").toString()).contains("PRIORITY", "author");
        assertThat(body(platform.get(PROJECTS + "/urgent/timeline", author)).path("spans").size())
                .isEqualTo(2);
    }

    @Test
    void whatHappensIsStreamedAndReadAgainFromAnyNumber() throws Exception {
        platform.post(PROJECTS, author, spec("streamed", "It supports addition."));
        String path = PROJECTS + "/streamed/stream";
        List<Sse.Event> live = Sse.read(platform.get(path, author).body());
        assertThat(live.getLast().name()).isEqualTo("ended");
        assertThat(live.getLast().json().text("verdict")).contains("SUCCEEDED");
        for (int i = 0; i < live.size() - 1; i++) {
            assertThat(live.get(i).id()).isEqualTo("" + i);
            assertThat(live.get(i).name()).isEqualTo("happened");
            assertThat(live.get(i).json().integer("seq")).hasValue(i);
        }
        assertThat(Sse.read(platform.get(path, author, "last-event-id", "4").body()))
                .isEqualTo(live.subList(5, live.size()));
        assertThat(Sse.read(platform.get(path + "?after=7", author).body()))
                .isEqualTo(live.subList(8, live.size()));
        assertThat(platform.get(PROJECTS + "/none/stream", author).statusCode()).isEqualTo(404);
        assertThat(platform.get(path, second).statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        for (String path : new String[] {"/none", "/none/report", "/none/files/x", "/..%2f"}) {
            assertThat(platform.get(PROJECTS + path, author).statusCode()).as(path).isIn(404, 400);
        }
        assertThat(platform.post(PROJECTS + "/none/pause", author, "").statusCode()).isEqualTo(404);
    }

    @Test
    void whatHappensIsNumberedAndToldOnKafka() throws Exception {
        platform.post(PROJECTS, author, spec("told", "It has a plotting window."));
        awaited("told", "AWAITING_HUMAN");
        platform.post(PROJECTS + "/told/decision", second, "{\"decision\": \"deliver\"}");
        awaited("told", "PARTIAL");
        JsonNode events = body(platform.get(PROJECTS + "/told/events", author)).path("items");
        List<String> kinds = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).path("seq").asLong()).isEqualTo(i);
            kinds.add(events.get(i).path("kind").asString(""));
        }
        assertThat(kinds).containsSubsequence("RULING", "WAITS", "PERSON", "TASK", "REVIEW");
        assertThat(body(platform.get(PROJECTS + "/told/events?after=1", author)).path("items"))
                .hasSize(events.size() - 2);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> told("kamachiq.events").contains("soma.kamachiq.project.ended"));
        List<String> types = told("kamachiq.events");
        assertThat(types.getFirst()).isEqualTo("soma.kamachiq.project.submitted");
        assertThat(types.getLast()).isEqualTo("soma.kamachiq.project.ended");
        assertThat(types).hasSize(events.size() + 2);
        assertThat(told("kamachiq.approvals"))
                .containsExactly(
                        "soma.kamachiq.approval.changed", "soma.kamachiq.approval.changed");
    }

    /// Types of the events about one project, in order.
    private static List<String> told(String topic) throws Exception {
        return Topics.events(topic).stream()
                .filter(event -> event.text("subject").orElse("").equals("told"))
                .map(event -> event.text("type").orElse(""))
                .toList();
    }
}
