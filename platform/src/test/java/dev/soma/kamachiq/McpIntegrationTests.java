package dev.soma.kamachiq;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.devkit.Tools;
import dev.soma.harness.TestPlatform;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `POST /mcp` on a real, governed platform, also asked by the protocol's public conformance tests.
class McpIntegrationTests {
    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String SPEC =
            "id: sums\\ntitle: A calculator\\ntext: It supports addition.\\nbudget_tokens: 10\\ntimeout_minutes: 5\\n";

    private static TestPlatform platform;
    private static String key;

    @BeforeAll
    static void open() throws Exception {
        platform = TestPlatform.governed(Map.of());
        platform.tenant("acme");
        key = user("agent", "[\"chat\",\"projects:read\",\"tools:call\"]");
    }

    @AfterAll
    static void close() throws Exception {
        platform.close();
    }

    private static String user(String name, String rights) throws Exception {
        TestPlatform.ok(
                platform.put(
                        "/v1/users/" + name,
                        platform.adminKey(),
                        "{\"tenant\":\"acme\",\"capabilities\":%s}".formatted(rights)));
        return JSON.readTree(
                        platform.post(
                                        "/v1/api-keys",
                                        platform.adminKey(),
                                        "{\"tenant\":\"acme\",\"owner\":\"%s\",\"name\":\"test\",\"capabilities\":%s}"
                                                .formatted(name, rights))
                                .body())
                .path("key")
                .asString("");
    }

    private static void pack(String rules) throws Exception {
        TestPlatform.ok(
                platform.pack(
                        "acme",
                        """
                        {"permits":[{"action":"chat","capability":"chat"},{"action":"tool","capability":"tools:call"}],
                         "rules":[%s]}
                        """
                                .formatted(rules)));
    }

    private static JsonNode call(String tool, String arguments, String... headers)
            throws Exception {
        HttpResponse<String> answer =
                platform.post(
                        "/mcp",
                        key,
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s}}"
                                .formatted(tool, arguments),
                        headers);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode document = JSON.readTree(answer.body());
        assertThat(document.path("id").asInt()).isEqualTo(7);
        return document;
    }

    private static String said(JsonNode answer) {
        return answer.path("result").path("content").path(0).path("text").asString("");
    }

    @Test
    void aToolIsCalledUnderTheRulesAndTheDecisionIsRecorded() throws Exception {
        JsonNode plan = call("project_plan", "{\"specification\":\"%s\"}".formatted(SPEC));
        assertThat(plan.path("result").path("isError").asBoolean()).as(said(plan)).isFalse();
        assertThat(said(plan)).contains("\"id\":\"program\"", "\"gaps\":[]");
        JsonNode decisions =
                JSON.readTree(
                        platform.get("/v1/decisions?tenant=acme", platform.adminKey()).body());
        assertThat(decisions.toString()).contains("tool/project_plan");
    }

    @Test
    void whatTheRulesForbidIsNotDone() throws Exception {
        pack(
                """
                {"name":"no_plans","pattern":"addition","effect":"deny","actions":["tool"]}
                """);
        JsonNode refused = call("project_plan", "{\"specification\":\"%s\"}".formatted(SPEC));
        assertThat(refused.path("result").path("isError").asBoolean()).isTrue();
        assertThat(said(refused)).contains("no_plans");
        pack("");
        assertThat(said(call("project_plan", "{\"specification\":\"%s\"}".formatted(SPEC))))
                .contains("program");
    }

    private static void kill(String action) throws Exception {
        TestPlatform.ok(
                platform.post(
                        "/v1/killswitch",
                        platform.adminKey(),
                        "{\"scope\":\"tool\",\"target\":\"project_plan\",\"tenant\":\"acme\",\"action\":\"%s\",\"reason\":\"t\"}"
                                .formatted(action)));
    }

    @Test
    void aToolThatIsKilledIsNotCalledUntilItIsLifted() throws Exception {
        kill("kill");
        JsonNode stopped = call("project_plan", "{\"specification\":\"%s\"}".formatted(SPEC));
        assertThat(stopped.path("result").path("isError").asBoolean()).as(said(stopped)).isTrue();
        kill("lift");
        assertThat(said(call("project_plan", "{\"specification\":\"%s\"}".formatted(SPEC))))
                .contains("program");
    }

    @Test
    void aCallThatAPersonHasToApproveIsDoneOnceSomebodyHas() throws Exception {
        pack(
                """
                {"name":"look_at_plans","pattern":"addition","effect":"review","actions":["tool"],"weight":0.1}
                """);
        String asked = "{\"specification\":\"%s\"}".formatted(SPEC);
        String waits = said(call("project_plan", asked));
        assertThat(waits).contains("look_at_plans", "X-Approval-Id");
        var found = Pattern.compile("[0-9a-f]{8}-[0-9a-f-]{27}").matcher(waits);
        assertThat(found.find()).isTrue();
        String approver = user("approver", "[\"approvals:decide\",\"approvals:read\"]");
        TestPlatform.ok(
                platform.post(
                        "/v1/approvals/" + found.group() + "/decision",
                        approver,
                        "{\"decision\":\"approve\"}"));
        assertThat(said(call("project_plan", asked, "X-Approval-Id", found.group())))
                .contains("\"id\":\"program\"");
        pack("");
    }

    @Test
    void theRightsOfTheKeyHoldForTools() throws Exception {
        JsonNode refused = call("project_submit", "{\"specification\":\"%s\"}".formatted(SPEC));
        assertThat(refused.path("result").path("isError").asBoolean()).isTrue();
        assertThat(said(refused)).contains("projects:write");
        String stranger = user("stranger", "[\"chat\"]");
        assertThat(
                        platform.post(
                                        "/mcp",
                                        stranger,
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                                .statusCode())
                .isEqualTo(403);
    }

    @Test
    void whatIsNoCallIsRefused() throws Exception {
        assertThat(call("nonesuch", "{}").path("error").path("code").asInt()).isEqualTo(-32602);
        assertThat(call("project_plan", "{}").toString()).contains("specification");
        assertThat(call("project_plan", "{\"specification\":7}").toString())
                .contains("specification");
        for (String body : List.of("", "[]", "{}", "{\"jsonrpc\":\"1.0\"}", "nonsense")) {
            assertThat(platform.post("/mcp", key, body).statusCode()).as(body).isEqualTo(400);
        }
        assertThat(platform.get("/mcp", key).statusCode()).isEqualTo(405);
        assertThat(
                        platform.post(
                                        "/mcp",
                                        key,
                                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}")
                                .statusCode())
                .isEqualTo(202);
    }

    @Test
    void theConformanceTestsFindNothingThatIsNotExpected(@TempDir Path folder) throws Exception {
        for (String file :
                List.of("package.json", "package-lock.json", ".npmrc", "expected-failures.yml")) {
            Files.copy(Path.of("src/test/mcp", file), folder.resolve(file));
        }
        String npm = Fetches.program(List.of("npm"), "npm", Progress.silent()).toString();
        String node =
                Fetches.program(List.of("node", "nodejs"), "nodejs", Progress.silent()).toString();
        run(Duration.ofMinutes(3), List.of(npm, "ci", "--prefix", folder.toString()));
        HttpServer door = keyed();
        try {
            String said =
                    run(
                            Duration.ofMinutes(2),
                            List.of(
                                    node,
                                    folder.resolve(
                                                    "node_modules/@modelcontextprotocol/conformance/dist/index.js")
                                            .toString(),
                                    "server",
                                    "--url",
                                    "http://localhost:%d/mcp"
                                            .formatted(door.getAddress().getPort()),
                                    "--expected-failures",
                                    folder.resolve("expected-failures.yml").toString(),
                                    "--output-dir",
                                    folder.resolve("results").toString()));
            assertThat(said).contains("server-initialize", "tools-list");
        } finally {
            door.stop(0);
        }
    }

    private static String run(Duration within, List<String> command) throws Exception {
        Tools.Answer answer = Tools.run(within, Map.of(), command);
        assertThat(answer.status()).as("%s", answer).isZero();
        return answer.output();
    }

    /// The conformance tests know no keys, so this passes their requests on with one.
    private static HttpServer keyed() throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/mcp", McpIntegrationTests::passOn);
        server.start();
        return server;
    }

    private static void passOn(HttpExchange exchange) throws IOException {
        try (exchange) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(platform.gateway() + "/mcp"))
                            .method(
                                    exchange.getRequestMethod(),
                                    HttpRequest.BodyPublishers.ofByteArray(
                                            exchange.getRequestBody().readAllBytes()))
                            .header("authorization", "Bearer " + key);
            for (String name :
                    List.of("Content-Type", "Accept", "Origin", "Mcp-Protocol-Version")) {
                String value = exchange.getRequestHeaders().getFirst(name);
                if (value != null) {
                    request.header(name, value);
                }
            }
            HttpResponse<byte[]> answer =
                    HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            answer.headers()
                    .firstValue("content-type")
                    .ifPresent(type -> exchange.getResponseHeaders().add("content-type", type));
            byte[] body = answer.body();
            exchange.sendResponseHeaders(answer.statusCode(), body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
