package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rules over several requests, on the real database.
@ExtendWith(SharedPlatform.class)
class SequenceIntegrationTests {
    private static final String PERMITS =
            "\"permits\":[{\"action\":\"chat\",\"capability\":\"chat\"},{\"action\":\"tool.call\",\"capability\":\"chat\"}]";
    private static TestPlatform platform;

    @BeforeAll
    static void find() throws Exception {
        platform = SharedPlatform.platform();
        platform.tenant("sequences");
    }

    private static String tenant(String id, String rule) throws Exception {
        String key = platform.tenant(id);
        platform.pack(id, "{%s,\"rules\":[%s]}".formatted(PERMITS, rule));
        return key;
    }

    private static JsonObject ask(String key, String session, String text, String metadata)
            throws Exception {
        return TestPlatform.json(
                TestPlatform.ok(
                        platform.post(
                                "/v1/evaluate",
                                key,
                                "{\"session_id\":\"%s\",\"prompt\":\"%s\",\"metadata\":%s}"
                                        .formatted(session, text, metadata))));
    }

    private static String word(String key, String session, String text) throws Exception {
        return ask(key, session, text, "{}").text("decision").orElseThrow();
    }

    @Test
    void aCountBoundsEachSessionByItself() throws Exception {
        String key =
                tenant(
                        "counted",
                        "{\"name\":\"three\",\"article\":\"T.3\",\"sequence\":{\"kind\":\"count\",\"scope\":\"session\",\"within_seconds\":3600,\"max\":3,\"when\":\"text.contains('order')\"}}");
        for (int i = 0; i < 3; i++) {
            assertThat(word(key, "a", "order " + i)).isEqualTo("allow");
        }
        JsonObject fourth = ask(key, "a", "order 4", "{}");
        assertThat(fourth.text("decision")).contains("deny");
        assertThat(fourth.toString()).contains("three", "T.3");
        assertThat(word(key, "a", "something else")).isEqualTo("allow");
        assertThat(word(key, "b", "order 1")).isEqualTo("allow");
    }

    @Test
    void asManyPassAtOnceAsMayPassAndNoneMore() throws Exception {
        String key =
                tenant(
                        "at-once",
                        "{\"name\":\"ten\",\"sequence\":{\"kind\":\"count\",\"scope\":\"tenant\",\"within_seconds\":3600,\"max\":10}}");
        List<String> words =
                IntStream.range(0, 64)
                        .mapToObj(
                                i ->
                                        CompletableFuture.supplyAsync(
                                                () -> {
                                                    try {
                                                        return word(key, "s" + i, "x");
                                                    } catch (Exception e) {
                                                        throw new IllegalStateException(e);
                                                    }
                                                }))
                        .toList()
                        .stream()
                        .map(CompletableFuture::join)
                        .toList();
        assertThat(words).filteredOn("allow"::equals).hasSize(10);
        assertThat(words).filteredOn("deny"::equals).hasSize(54);
    }

    @Test
    void aSumAddsUpWhatTheRegistrySays() throws Exception {
        String key =
                tenant(
                        "summed",
                        "{\"name\":\"risk\",\"effect\":\"review\",\"sequence\":{\"kind\":\"sum\",\"scope\":\"user\",\"of\":\"risk_micro\",\"within_seconds\":3600,\"max\":1000000}}");
        String chief = chief("summed");
        TestPlatform.ok(
                platform.put(
                        "/v1/tools/pay", chief, "{\"category\":\"write\",\"risk_micro\":400000}"));
        for (String expected : List.of("allow", "allow", "review")) {
            assertThat(ask(key, "s", "", "{\"tool\":\"pay\"}").text("decision")).contains(expected);
        }
        assertThat(ask(key, "s", "", "{\"tool\":\"nobody-knows\"}").text("decision"))
                .contains("review");
    }

    private static String chief(String tenant) throws Exception {
        TestPlatform.ok(
                platform.put(
                        "/v1/users/chief",
                        platform.adminKey(),
                        "{\"tenant\":\"%s\",\"capabilities\":[\"policies:write\"]}"
                                .formatted(tenant)));
        return TestPlatform.json(
                        TestPlatform.ok(
                                platform.post(
                                        "/v1/api-keys",
                                        platform.adminKey(),
                                        "{\"tenant\":\"%s\",\"owner\":\"chief\",\"name\":\"c\",\"capabilities\":[\"policies:write\"]}"
                                                .formatted(tenant))))
                .text("key")
                .orElseThrow();
    }

    @Test
    void differentOnesAreBoundedAndTheSameOnesAreNot() throws Exception {
        String key =
                tenant(
                        "told-apart",
                        "{\"name\":\"two\",\"sequence\":{\"kind\":\"distinct\",\"scope\":\"user\",\"of\":\"tool\",\"within_seconds\":3600,\"max\":2,\"when\":\"tool != ''\"}}");
        for (String tool : List.of("a", "b", "a", "b", "a")) {
            assertThat(ask(key, "s", "", "{\"tool\":\"%s\"}".formatted(tool)).text("decision"))
                    .contains("allow");
        }
        assertThat(ask(key, "s", "", "{\"tool\":\"c\"}").text("decision")).contains("deny");
        assertThat(ask(key, "s", "", "{\"tool\":\"a\"}").text("decision")).contains("allow");
    }

    @Test
    void whatIsRequiredMustHaveComeBeforeInTheSession() throws Exception {
        String key =
                tenant(
                        "required",
                        "{\"name\":\"check-first\",\"sequence\":{\"kind\":\"requires\",\"scope\":\"session\",\"within_seconds\":3600,\"when\":\"text.contains('deploy')\",\"before\":\"text.contains('run tests')\"}}");
        assertThat(word(key, "a", "deploy it")).isEqualTo("deny");
        assertThat(word(key, "a", "run tests please")).isEqualTo("allow");
        assertThat(word(key, "b", "deploy it")).as("another session").isEqualTo("deny");
        assertThat(word(key, "a", "deploy it")).isEqualTo("allow");
    }

    @Test
    void whatIsRefusedOrNotAdmittedDoesNotCount() throws Exception {
        String key =
                tenant(
                        "not-counted",
                        """
                        {"name":"no-acme","pattern":"acme"},
                        {"name":"two","sequence":{"kind":"count","scope":"tenant","within_seconds":3600,"max":2}}
                        """);
        for (int i = 0; i < 5; i++) {
            assertThat(word(key, "s", "acme")).isEqualTo("deny");
        }
        TestPlatform.ok(
                platform.put(
                        "/v1/budgets",
                        platform.adminKey(),
                        "{\"tenant\":\"not-counted\",\"scope\":{\"kind\":\"tenant\",\"id\":\"not-counted\"},\"limit\":{\"tokens\":1},\"period\":\"total\"}"));
        for (int i = 0; i < 3; i++) {
            assertThat(chat(key)).as("the budget refuses").isEqualTo(402);
        }
        org.awaitility.Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(5))
                .until(() -> word(key, "s", "hello").equals("allow"));
        assertThat(word(key, "s", "hello")).isEqualTo("allow");
        assertThat(word(key, "s", "hello")).isEqualTo("deny");
        assertThat(chat(key)).isEqualTo(403);
    }

    private static int chat(String key) throws Exception {
        return platform.post(
                        "/v1/chat/completions",
                        key,
                        "{\"model\":\"scripted/scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}")
                .statusCode();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kind\":\"count\",\"scope\":\"session\",\"within_seconds\":0,\"max\":1}",
                "{\"kind\":\"count\",\"scope\":\"session\",\"within_seconds\":60}",
                "{\"kind\":\"count\",\"scope\":\"session\",\"within_seconds\":60,\"max\":1001}",
                "{\"kind\":\"count\",\"scope\":\"session\",\"within_seconds\":60,\"max\":1,\"of\":\"tool\"}",
                "{\"kind\":\"sum\",\"scope\":\"user\",\"within_seconds\":60,\"max\":1,\"of\":\"tool\"}",
                "{\"kind\":\"distinct\",\"scope\":\"user\",\"within_seconds\":60,\"max\":1,\"of\":\"characters\"}",
                "{\"kind\":\"distinct\",\"scope\":\"user\",\"within_seconds\":60,\"max\":251,\"of\":\"tool\"}",
                "{\"kind\":\"requires\",\"scope\":\"user\",\"within_seconds\":60}",
                "{\"kind\":\"requires\",\"scope\":\"user\",\"within_seconds\":60,\"max\":1,\"before\":\"true\"}",
                "{\"kind\":\"count\",\"scope\":\"world\",\"within_seconds\":60,\"max\":1}",
                "{\"kind\":\"count\",\"scope\":\"user\",\"within_seconds\":60,\"max\":1,\"when\":\"nobody\"}"
            })
    void aSequenceThatCannotBeKeptIsRefused(String sequence) throws Exception {
        String pack =
                "{\"permits\":[],\"rules\":[{\"name\":\"s\",\"sequence\":%s}]}".formatted(sequence);
        assertThat(
                        platform.post(
                                        "/v1/policies/sequences/drafts",
                                        platform.adminKey(),
                                        "{\"pack\":%s}".formatted(pack))
                                .statusCode())
                .isEqualTo(400);
    }
}
