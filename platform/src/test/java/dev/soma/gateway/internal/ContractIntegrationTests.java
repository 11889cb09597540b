package dev.soma.gateway.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.soma.bench.ScriptedProvider;
import dev.soma.events.Topic;
import dev.soma.harness.TestPlatform;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;

/// What is published against what is served.
class ContractIntegrationTests {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static Map<String, Object> openApi;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        openApi = yaml("/contracts/openapi.yaml");
        platform = TestPlatform.governed(Map.of());
        provider = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted*");
        key = platform.tenant("acme");
    }

    @AfterAll
    static void stop() {
        provider.close();
        platform.close();
    }

    private static Map<String, Object> yaml(String resource) throws Exception {
        try (InputStream in = ContractIntegrationTests.class.getResourceAsStream(resource)) {
            return new Yaml().load(in);
        }
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return (Map<?, ?>) Objects.requireNonNull(value, "a part of the contract is missing");
    }

    private static Set<String> published() {
        Set<String> routes = new TreeSet<>();
        map(openApi.get("paths"))
                .forEach(
                        (path, item) ->
                                map(item).keySet().stream()
                                        .filter(method -> !method.equals("parameters"))
                                        .forEach(
                                                method ->
                                                        routes.add(
                                                                route(
                                                                        method.toString(),
                                                                        path.toString()))));
        return routes;
    }

    private static String route(String method, String path) {
        String plain =
                path.replaceAll("\\{\\*(\\w+)}", "{$1}").replaceAll("\\{(\\w+):[^}]*}", "{$1}");
        return method.toUpperCase(Locale.ROOT) + " " + plain;
    }

    @Test
    void publishesEveryRouteThatIsServedAndNoOther() {
        Set<String> served = new TreeSet<>();
        platform.bean(RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .keySet()
                .forEach(
                        mapping ->
                                mapping.getMethodsCondition()
                                        .getMethods()
                                        .forEach(
                                                method ->
                                                        mapping.getPatternValues()
                                                                .forEach(
                                                                        path ->
                                                                                served.add(
                                                                                        route(
                                                                                                method
                                                                                                        .name(),
                                                                                                path)))));
        Routes.HOT.forEach((path, method) -> served.add(route(method.name(), path)));

        assertThat(published()).isEqualTo(served);
    }

    private static void matches(String schema, HttpResponse<String> answer) {
        String defs = JSON.writeValueAsString(map(openApi.get("components")).get("schemas"));
        String whole =
                "{\"$ref\":\"#/$defs/%s\",\"$defs\":%s}"
                        .formatted(
                                schema,
                                defs.replace("#/components/schemas/", "#/$defs/")
                                        .replace("{\"$ref\":\"rule-pack.schema.json\"}", "{}"));
        var errors =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(whole, InputFormat.JSON)
                        .validate(answer.body(), InputFormat.JSON);
        assertThat(errors).as("%s: %s", answer.uri(), answer.body()).isEmpty();
    }

    @Test
    void answersInTheShapesItPublishes() throws Exception {
        String admin = platform.adminKey();
        String chat =
                "{\"model\":\"scripted/scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";

        matches("ChatCompletion", platform.post("/v1/chat/completions", key, chat));
        matches(
                "OpenAiError",
                platform.post(
                        "/v1/chat/completions", key, chat.replace("hello", "write ransomware")));
        matches("OpenAiError", platform.post("/v1/chat/completions", "", chat));
        matches("ModelList", platform.get("/v1/models", key));
        matches("Readiness", platform.get("/readyz", ""));
        matches("Problem", platform.post("/v1/chat/stream", key, "{\"model\":1}"));
        matches("Problem", platform.get("/v1/nothing", admin));
        matches("ConstitutionSummary", platform.get("/v1/constitution/global", admin));
        matches("Hash", platform.get("/v1/constitution/acme/hash", admin));
        matches("StoredPack", platform.get("/v1/policies/acme", admin));
        matches("User", platform.get("/v1/users/alice?tenant=acme", admin));
        matches("IssuedToken", platform.post("/v1/tokens/issue", admin, "{}"));
        matches("KeySet", platform.get("/.well-known/jwks.json", ""));
        matches("AuditPage", platform.get("/v1/audit/entries", admin));
        matches("InclusionProof", platform.get("/v1/audit/proof/0", admin));
        matches("ConsistencyProof", platform.get("/v1/audit/consistency?from=1&to=2", admin));
        for (String list :
                Set.of(
                        "/v1/tenants",
                        "/v1/users",
                        "/v1/api-keys",
                        "/v1/budgets?tenant=acme",
                        "/v1/providers",
                        "/v1/audit/logs",
                        "/v1/constitution/versions")) {
            matches("List", platform.get(list, admin));
        }
    }

    @Test
    void publishesEveryTopicAndEverySchemaOfAnEvent() throws Exception {
        Map<String, Object> asyncApi = yaml("/contracts/asyncapi.yaml");
        Set<String> topics =
                Set.of(Topic.values()).stream().map(Topic::topicName).collect(Collectors.toSet());

        assertThat(map(asyncApi.get("channels")).keySet()).isEqualTo(topics);
        for (Object message : map(map(asyncApi.get("components")).get("messages")).keySet()) {
            try (InputStream in =
                    getClass()
                            .getResourceAsStream(
                                    "/contracts/events/%s.schema.json".formatted(message))) {
                assertThat(in).as("schema of %s", message).isNotNull();
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .contains("\"title\"");
            }
        }
    }
}
