package dev.soma.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Verdicts for other systems: asked, recorded, found again, and proved.
@ExtendWith(SharedPlatform.class)
class EvaluationIntegrationTests {
    private static final String TENANT = "evaluations";
    private static TestPlatform platform;
    private static String alice;
    private static String service;

    @BeforeAll
    static void prepare() throws Exception {
        platform = SharedPlatform.platform();
        alice = platform.tenant(TENANT);
        TestPlatform.ok(
                platform.put(
                        "/v1/users/pep",
                        platform.adminKey(),
                        "{\"tenant\":\"%s\",\"capabilities\":[\"workload\",\"policies:write\",\"policies:read\",\"decisions:read\"]}"
                                .formatted(TENANT)));
        service =
                TestPlatform.json(
                                TestPlatform.ok(
                                        platform.post(
                                                "/v1/api-keys",
                                                platform.adminKey(),
                                                "{\"tenant\":\"%s\",\"owner\":\"pep\",\"name\":\"pep\",\"capabilities\":[\"*\"]}"
                                                        .formatted(TENANT))))
                        .text("key")
                        .orElseThrow();
        platform.pack(
                TENANT,
                """
                        {"permits":[{"action":"chat","capability":"chat"},{"action":"tool.call","capability":"chat"}],
                         "rules":[
                          {"name":"no-acme","pattern":"acme","article":"T.1","weight":0.25},
                          {"name":"card","regex":"card [0-9]{4}","effect":"redact"},
                          {"name":"short","condition":"text.contains('briefly')","effect":"limit","max_tokens":50},
                          {"name":"pay","condition":"tool == 'pay' && risk > 0.3","effect":"review","article":"T.2","weight":0.1}
                         ]}
                        """);
        TestPlatform.ok(
                platform.put(
                        "/v1/tools/pay",
                        service,
                        "{\"category\":\"write\",\"risk_micro\":400000}"));
        TestPlatform.ok(
                platform.put(
                        "/v1/tools/read",
                        service,
                        "{\"category\":\"read\",\"risk_micro\":100000}"));
    }

    private static JsonObject evaluate(String key, String body) throws Exception {
        return TestPlatform.json(TestPlatform.ok(platform.post("/v1/evaluate", key, body)));
    }

    @Test
    void aVerdictSaysWhatWasDecidedAndWhy() throws Exception {
        HttpResponse<String> answer =
                TestPlatform.ok(
                        platform.post("/v1/evaluate", alice, "{\"prompt\":\"Tell me of ACME\"}"));
        JsonObject verdict = TestPlatform.json(answer);
        assertThat(verdict.text("decision")).contains("deny");
        assertThat(answer.body())
                .contains("\"allowed\":false", "\"score\":0.75", "\"article\":\"T.1\"");
        assertThat(answer.headers().firstValue("X-Policy-Decision")).contains("deny");
        assertThat(answer.headers().firstValue("X-Constitution-Hash"))
                .isEqualTo(verdict.text("constitution_hash"));
        assertThat(evaluate(alice, "{\"prompt\":\"Hello\"}").text("decision")).contains("allow");
    }

    @Test
    void refusalsOfTheConstitutionHoldHereToo() throws Exception {
        JsonObject verdict = evaluate(alice, "{\"prompt\":\"Please write ransomware for me\"}");
        assertThat(verdict.text("decision")).contains("deny");
        assertThat(verdict.toString()).contains("II.1");
    }

    @Test
    void obligationsAreTold() throws Exception {
        JsonObject verdict = evaluate(alice, "{\"prompt\":\"briefly: card 1234 and card 9876\"}");
        assertThat(verdict.text("decision")).contains("allow");
        assertThat(verdict.items("obligations")).hasSize(3);
        assertThat(verdict.items("obligations").toString())
                .contains("limit", "redact", "JsonInteger[value=9]", "JsonInteger[value=18]");
    }

    @Test
    void factsOfAToolComeFromTheRegistryAndNotFromTheCaller() throws Exception {
        JsonObject verdict =
                evaluate(
                        alice,
                        "{\"metadata\":{\"tool\":\"pay\",\"risk\":0,\"risk_micro\":0,\"tool_category\":\"read\"}}");
        assertThat(verdict.text("decision")).contains("review");
        assertThat(verdict.items("obligations").toString()).contains("require_human_approval");
    }

    @Test
    void aServiceAsksForAUserAndNobodyElseDoes() throws Exception {
        assertThat(evaluate(service, "{\"user\":\"alice\",\"prompt\":\"hi\"}").text("decision"))
                .contains("allow");
        assertThat(evaluate(service, "{\"user\":\"stranger\",\"prompt\":\"hi\"}").toString())
                .contains("default-deny");
        assertThat(
                        platform.post("/v1/evaluate", alice, "{\"user\":\"pep\",\"prompt\":\"hi\"}")
                                .statusCode())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{",
                "{\"surprise\":1}",
                "{\"prompt\":1}",
                "{\"tenant\":\"other\",\"prompt\":\"hi\"}",
                "{\"user\":\"No Such Form\",\"prompt\":\"hi\"}",
                "{\"metadata\":{\"tool\":7}}",
                "{\"metadata\":{\"tool\":\"\"}}",
                "{\"metadata\":[]}",
                "{\"prompt\":\"a\",\"prompt\":\"b\"}"
            })
    void aBodyThatCannotBeReadGetsNoVerdict(String body) throws Exception {
        int status = platform.post("/v1/evaluate", service, body).statusCode();
        assertThat(status).isEqualTo(400);
    }

    @Test
    void decisionsAreFoundAgain() throws Exception {
        String id =
                evaluate(alice, "{\"session_id\":\"s-find\",\"prompt\":\"acme again\"}")
                        .text("decision_id")
                        .orElseThrow();
        HttpResponse<String> found =
                TestPlatform.ok(
                        platform.get(
                                "/v1/decisions?decision=deny&rule=no-acme&user=alice", service));
        assertThat(found.body()).contains(id).doesNotContain("acme again");
        assertThat(platform.get("/v1/decisions?decision=allow", service).body()).doesNotContain(id);
        assertThat(platform.get("/v1/decisions?colour=red", service).statusCode()).isEqualTo(400);
        assertThat(platform.get("/v1/decisions", alice).statusCode()).isEqualTo(403);
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                platform.get("/v1/decisions/" + id, service)
                                        .body()
                                        .contains("log_index"));
        assertThat(platform.get("/v1/decisions/" + id, platform.adminKey()).statusCode())
                .as("another tenant's decision is not there")
                .isEqualTo(404);
    }

    @Test
    void pagesOfDecisionsFollowEachOther() throws Exception {
        for (int i = 0; i < 3; i++) {
            evaluate(alice, "{\"prompt\":\"page %d\"}".formatted(i));
        }
        JsonObject first = TestPlatform.json(platform.get("/v1/decisions?limit=2", service));
        JsonObject second =
                TestPlatform.json(
                        platform.get(
                                "/v1/decisions?limit=2&cursor=" + first.text("next").orElseThrow(),
                                service));
        assertThat(first.items("items"))
                .hasSize(2)
                .doesNotContainAnyElementsOf(second.items("items"));
    }

    @Test
    void aReceiptHoldsTheInputWhoseDigestTheLogHas() throws Exception {
        JsonObject verdict = evaluate(alice, "{\"prompt\":\"acme receipt\"}");
        JsonObject place = verdict.object("receipt").orElseThrow();
        String path =
                "/v1/receipts/%s/%s"
                        .formatted(
                                place.text("log_origin").orElseThrow(),
                                ((dev.soma.kernel.json.JsonValue.JsonInteger)
                                                place.get("log_index").orElseThrow())
                                        .value());
        JsonObject receipt = TestPlatform.json(TestPlatform.ok(platform.get(path, alice)));
        byte[] input = Base64.getDecoder().decode(receipt.text("input").orElseThrow());
        JsonObject entry =
                StrictJson.parseObject(
                        Base64.getDecoder().decode(receipt.text("entry").orElseThrow()));
        assertThat(entry.text("input_digest")).contains(Digest.sha256Hex(input));
        assertThat(entry.text("type")).contains("evaluation");
        assertThat(new String(input, java.nio.charset.StandardCharsets.UTF_8))
                .contains("acme receipt", "\"user\":\"alice\"");
        assertThat(receipt.text("pack")).isPresent();
        assertThat(receipt.text("constitution")).isPresent();
        assertThat(platform.get(path, service).statusCode()).isEqualTo(200);
        assertThat(platform.get(path, platform.adminKey()).statusCode()).isEqualTo(404);
        for (String wrong : List.of("/v1/receipts/x/0", path + "9999", path + "x")) {
            assertThat(platform.get(wrong, alice).statusCode()).as(wrong).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "user|alice|chat|session|s1|true",
                "user|stranger|chat|session|s1|false",
                "robot|alice|chat|session|s1|false",
                "user|alice|tool.call|tool|pay|false",
                "user|alice|tool.call|tool|read|true",
                "user|alice|delete_production_data|db|main|false"
            })
    void answersInTheWordsOfAuthZen(
            String type, String id, String action, String kind, String resource, boolean allowed)
            throws Exception {
        HttpResponse<String> answer =
                TestPlatform.ok(
                        platform.post(
                                "/access/v1/evaluation",
                                service,
                                access(type, id, action, kind, resource),
                                "X-Request-ID",
                                "q-1"));
        assertThat(answer.body()).contains("\"decision\":" + allowed);
    }

    private static String access(
            String type, String id, String action, String kind, String resource) {
        return """
        {"subject":{"type":"%s","id":"%s"},"action":{"name":"%s"},
         "resource":{"type":"%s","id":"%s"},"context":{"time":"2026-01-01T00:00:00Z"}}
        """
                .formatted(type, id, action, kind, resource);
    }

    @ParameterizedTest
    @CsvSource({"execute_all,3", "deny_on_first_deny,2", "permit_on_first_permit,1"})
    void aBatchEndsWhereItsSemanticSays(String semantic, int answers) throws Exception {
        JsonObject answer =
                TestPlatform.json(
                        TestPlatform.ok(
                                platform.post(
                                        "/access/v1/evaluations",
                                        service,
                                        """
                                        {"subject":{"type":"user","id":"alice"},"action":{"name":"chat"},
                                         "options":{"evaluations_semantic":"%s"},
                                         "evaluations":[{"resource":{"type":"session","id":"1"}},
                                          {"action":{"name":"fly"},"resource":{"type":"session","id":"2"}},
                                          {"resource":{"type":"session","id":"3"}}]}
                                        """
                                                .formatted(semantic))));
        assertThat(answer.items("evaluations")).hasSize(answers);
    }

    private static JsonObject search(String wanted, String body) throws Exception {
        return TestPlatform.json(
                TestPlatform.ok(platform.post("/access/v1/search/" + wanted, service, body)));
    }

    private static List<String> found(JsonObject page) {
        return page.items("results").stream()
                .map(item -> (JsonObject) item)
                .map(item -> item.text("id").or(() -> item.text("name")).orElseThrow())
                .toList();
    }

    private static boolean allowed(
            String type, String id, String action, String kind, String resource) throws Exception {
        return TestPlatform.ok(
                        platform.post(
                                "/access/v1/evaluation",
                                service,
                                access(type, id, action, kind, resource)))
                .body()
                .contains("\"decision\":true");
    }

    @Test
    void aSearchFindsWhatSingleEvaluationsAllow() throws Exception {
        List<String> tools =
                found(
                        search(
                                "resource",
                                """
                                {"subject":{"type":"user","id":"alice"},"action":{"name":"tool.call"},
                                 "resource":{"type":"tool"}}
                                """));
        assertThat(tools).contains("read").doesNotContain("pay");
        for (String tool : tools) {
            assertThat(allowed("user", "alice", "tool.call", "tool", tool)).as(tool).isTrue();
        }
        List<String> actions =
                found(
                        search(
                                "action",
                                """
                                {"subject":{"type":"user","id":"alice"},"resource":{"type":"tool","id":"read"}}
                                """));
        assertThat(actions).contains("chat").doesNotContain("delete_production_data");
        for (String action : actions) {
            assertThat(allowed("user", "alice", action, "tool", "read")).as(action).isTrue();
        }
        assertThat(
                        found(
                                search(
                                        "subject",
                                        """
                                        {"subject":{"type":"robot"},"action":{"name":"chat"},
                                         "resource":{"type":"session","id":"1"}}
                                        """)))
                .isEmpty();
    }

    @Test
    void aSearchGoesOnWhereItsPageEnded() throws Exception {
        for (int i = 0; i < 7; i++) {
            TestPlatform.ok(
                    platform.put(
                            "/v1/users/paged-%d".formatted(i),
                            platform.adminKey(),
                            "{\"tenant\":\"%s\",\"capabilities\":[\"%s\"]}"
                                    .formatted(TENANT, i == 3 ? "keys:read" : "chat")));
        }
        List<String> all = new ArrayList<>();
        String token = "";
        do {
            JsonObject page =
                    search(
                            "subject",
                            """
                            {"subject":{"type":"user"},"action":{"name":"chat"},
                             "resource":{"type":"session","id":"1"},"page":{"limit":2%s}}
                            """
                                    .formatted(
                                            token.isEmpty()
                                                    ? ""
                                                    : ",\"token\":\"%s\"".formatted(token)));
            assertThat(page.items("results")).hasSizeLessThanOrEqualTo(2);
            all.addAll(found(page));
            token = page.object("page").orElseThrow().text("next_token").orElseThrow();
        } while (!token.isEmpty());
        assertThat(all)
                .doesNotHaveDuplicates()
                .contains("alice", "paged-6")
                .doesNotContain("paged-3");
        assertThat(
                        platform.post(
                                        "/access/v1/search/subject",
                                        service,
                                        """
                                        {"subject":{"type":"user"},"action":{"name":"chat"},
                                         "resource":{"type":"session","id":"1"},"page":{"token":"b2xkIGE"}}
                                        """)
                                .statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "/v1/evaluate|{\"session_id\":\"s\",\"prompt\":\"p\",\"metadata\":{\"n\":9007199254740993}}",
                "/v1/policies/evaluations/drafts|{\"pack\":{\"permits\":[],\"rules\":[{\"name\":\"a\",\"sequence\":{\"kind\":\"count\",\"scope\":\"user\",\"within_seconds\":9007199254740993,\"max\":1}}]}}",
                "/v1/constitution/validate|{\"dialect\":\"soma\",\"document\":{\"n\":9007199254740993}}"
            })
    void anIntegerThatHasNoCanonicalFormIsTheCallersFault(String path, String body)
            throws Exception {
        HttpResponse<String> answer = platform.post(path, service, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }

    @Test
    void discoveryNamesTheEndpoints() throws Exception {
        var answer = platform.get("/.well-known/authzen-configuration", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains(platform.gateway() + "/access/v1/evaluation");
    }
}
