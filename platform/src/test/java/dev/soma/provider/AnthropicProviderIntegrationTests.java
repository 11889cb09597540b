package dev.soma.provider;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.Sse;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A provider that speaks the Messages dialect: the platform's own door, which the official SDKs of
/// Anthropic drive elsewhere, so that a request passes two platforms.
class AnthropicProviderIntegrationTests {
    private static TestPlatform platform;
    private static ScriptedProvider scripted;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        scripted = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(scripted.uri() + "/v1"), "scripted*");
        key = platform.tenant("acme");
        provider("claude", "scripted/scripted*");
        provider("mirror", "mirror/*");
    }

    private static void provider(String id, String models) throws Exception {
        ok(
                platform.post(
                        "/v1/providers",
                        platform.adminKey(),
                        """
                        {"id":"%s","dialect":"anthropic","base_url":"%s/v1","api_key":"%s",
                         "models":[{"id":"%s","context_tokens":8192,"continues":true}]}
                        """
                                .formatted(id, platform.gateway(), key, models)));
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
        scripted.close();
    }

    private static HttpResponse<String> chat(String model, String rest) throws Exception {
        return platform.post(
                "/v1/chat/completions",
                key,
                "{\"model\":\"%s\",\"messages\":[{\"role\":\"system\",\"content\":\"Be short.\"},{\"role\":\"user\",\"content\":\"hi\"}]%s}"
                        .formatted(model, rest));
    }

    @Test
    void anAnswerIsTheSameOverTheOtherDialect() throws Exception {
        String model = "scripted/scripted:frames=9,reasoning=3";
        JsonObject direct = json(ok(chat(model, "")));
        JsonObject over = json(ok(chat("claude/" + model, "")));

        assertThat(CanonicalJson.JCS.text(over.get("choices").orElseThrow()))
                .isEqualTo(CanonicalJson.JCS.text(direct.get("choices").orElseThrow()));
        assertThat(over.get("usage")).isEqualTo(direct.get("usage"));
    }

    @Test
    void aStreamIsTheSameOverTheOtherDialect() throws Exception {
        String model = "scripted/scripted:frames=30";
        HttpResponse<String> over = ok(chat("claude/" + model, ",\"stream\":true"));
        assertThat(Sse.openAiText(Sse.read(over.body())))
                .isEqualTo(ScriptedProvider.textOf("scripted:frames=30"));
        assertThat(over.body()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void callsOfToolsComeOverTheOtherDialect() throws Exception {
        String tools =
                ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look_up\",\"parameters\":{\"type\":\"object\"}}}]";
        for (String stream : List.of("", ",\"stream\":true")) {
            HttpResponse<String> answer =
                    ok(chat("claude/scripted/scripted:frames=2,tools=2", tools + stream));
            assertThat(answer.body()).contains("look_up").contains("tool_calls").contains("ember");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "status=500, 502, provider_failed",
        "status=429, 502, provider_failed",
        "cut=0, 502, provider_failed",
        "html, 502, provider_failed"
    })
    void aFailureBehindItIsAFailure(String fault, int status, String code) throws Exception {
        HttpResponse<String> answer = chat("claude/scripted/scripted:frames=5," + fault, "");
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).contains(code);
    }

    @Test
    void aStreamThatBreaksInTheMiddleIsContinuedByAnother() throws Exception {
        ok(
                platform.put(
                        "/v1/model-profiles",
                        platform.adminKey(),
                        """
                        {"tenant":"acme","name":"both","targets":["claude/scripted/scripted:frames=20,cut=7","claude/scripted/scripted:frames=20"]}
                        """));
        HttpResponse<String> answer =
                ok(platform.post("/v1/chat/stream", key, "{\"model\":\"both\",\"prompt\":\"hi\"}"));
        assertThat(answer.body()).contains("event: switch").contains("event: turn.completed");
    }

    @Test
    void whatTheDialectCannotSayIsRefusedByName() throws Exception {
        HttpResponse<String> answer = chat("claude/scripted/scripted:frames=2", ",\"seed\":7");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("seed").contains("invalid_request");
    }

    @Test
    void aProviderThatLeadsBackHereEndsAtTheThirdHop() throws Exception {
        HttpResponse<String> answer = chat("mirror/mirror/mirror/mirror/mirror/x", "");
        assertThat(answer.statusCode()).isEqualTo(502);
        HttpResponse<String> third =
                platform.post(
                        "/v1/chat/completions",
                        key,
                        "{\"model\":\"mirror/x\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
                        "Via",
                        "1.1 soma, 1.1 other, 1.1 soma, 1.1 soma");
        assertThat(third.statusCode()).isEqualTo(508);
        assertThat(third.body()).contains("loop_detected");
        assertThat(third.headers().firstValue("x-should-retry")).contains("false");
    }
}
