package dev.soma.conversation;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.Sse;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// An answer has the form that was asked for, or its turn fails and says so.
class StructuredOutputIntegrationTests {
    private static final String SCHEMA =
            "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"colour\",\"schema\":{\"type\":\"object\",\"properties\":{\"colour\":{\"enum\":[\"red\",\"green\",\"blue\"]}},\"required\":[\"colour\"],\"additionalProperties\":false}}}";

    private static TestPlatform platform;
    private static ScriptedProvider scripted;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        scripted = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(scripted.uri() + "/v1"), "scripted*");
        platform.provider(
                "slm", URI.create(TestEngines.slm().baseUrl() + "/v1"), "smollm2-135m-instruct");
        key = platform.tenant("acme");
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
        scripted.close();
    }

    private static HttpResponse<String> ask(String model, String format, boolean stream)
            throws Exception {
        return platform.post(
                "/v1/chat/completions",
                key,
                "{\"model\":\"%s\",\"stream\":%s,\"max_tokens\":64,\"response_format\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"Name a colour.\"}]}"
                        .formatted(model, stream, format));
    }

    @Test
    void theRealModelKeepsTheSchema() throws Exception {
        JsonObject answer = json(ok(ask("slm/smollm2-135m-instruct", SCHEMA, false)));
        String text =
                ((JsonObject) answer.items("choices").getFirst())
                        .object("message")
                        .flatMap(message -> message.text("content"))
                        .orElseThrow();
        JsonObject said = StrictJson.parseObject(text.getBytes(StandardCharsets.UTF_8));
        assertThat(said.text("colour").orElse("")).isIn("red", "green", "blue");

        String streamed =
                Sse.openAiText(Sse.read(ok(ask("slm/smollm2-135m-instruct", SCHEMA, true)).body()));
        assertThat(StrictJson.parseObject(streamed.getBytes(StandardCharsets.UTF_8)).members())
                .containsOnlyKeys("colour");
    }

    @Test
    void anAnswerOfAnotherFormIsAFailureThatIsToldAndPaid() throws Exception {
        HttpResponse<String> whole = ask("scripted/scripted:frames=5", SCHEMA, false);
        assertThat(whole.statusCode()).isEqualTo(502);
        assertThat(whole.body()).contains("response_format");

        HttpResponse<String> stream = ok(ask("scripted/scripted:frames=5", SCHEMA, true));
        assertThat(stream.body()).contains("provider_failed").doesNotContain("[DONE]");
    }

    @Test
    void anAnswerThatWasCutShortIsToldAsSuch() throws Exception {
        JsonObject answer =
                json(ok(ask("scripted/scripted:frames=5,finish=length", SCHEMA, false)));
        assertThat(((JsonObject) answer.items("choices").getFirst()).text("finish_reason"))
                .contains("length");
    }

    @Test
    void aSchemaThatCannotBeUsedIsRefusedBeforeAnythingIsAsked() throws Exception {
        long before = scripted.counters().requests();
        HttpResponse<String> answer =
                ask(
                        "scripted/scripted:frames=5",
                        "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"$ref\":\"file:///etc/passwd\"}}}",
                        false);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("json_schema").doesNotContain("passwd");
        assertThat(scripted.counters().requests()).isEqualTo(before);
    }
}
