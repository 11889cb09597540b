package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostileRequestTests {
    private static final String HI = "[{\"role\":\"user\",\"content\":\"Hi.\"}]";
    private final SlmProcess server = SlmProcess.shared();

    @AfterEach
    void theServerStillAnswers() {
        assertThat(server.get("/health").statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> chat(String body) {
        return server.send(server.post("/v1/chat/completions", body));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{} {}",
                "{\"messages\":1,\"messages\":2}",
                "{\"temperature\":NaN}",
                "{'messages':[]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\\u0000b\"}]}"
            })
    void whatIsNotStrictJsonIsRefused(String body) {
        HttpResponse<String> response = chat(body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Json.read(response.body()).at("/error/code").stringValue())
                .isEqualTo("invalid_json");
    }

    @Test
    void deepNestingIsRefused() {
        assertThat(chat("{\"messages\":" + "[".repeat(50_000)).statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"tools\":[] | tools",
                "\"logit_bias\":{} | logit_bias",
                "\"n\":2 | n",
                "\"presence_penalty\":0.5 | presence_penalty",
                "\"logprobs\":true | logprobs",
                "\"max_tokens\":0 | max_tokens",
                "\"max_tokens\":-1 | max_tokens",
                "\"max_tokens\":1.5 | max_tokens",
                "\"max_tokens\":99999999999999999999 | max_tokens",
                "\"max_tokens\":1,\"max_completion_tokens\":2 | max_tokens",
                "\"temperature\":2.1 | temperature",
                "\"temperature\":\"hot\" | temperature",
                "\"top_p\":-0.1 | top_p",
                "\"seed\":1.5 | seed",
                "\"stop\":[\"\"] | stop",
                "\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"] | stop",
                "\"stream\":\"yes\" | stream",
                "\"stream_options\":{\"x\":1} | /stream_options/x",
                "\"response_format\":{\"type\":\"xml\"} | /response_format/type",
                "\"response_format\":{\"type\":\"json_schema\"} | /response_format/json_schema",
                "\"continue_final_message\":true | continue_final_message"
            })
    void anUnsupportedValueIsRefusedByName(String field, String param) {
        HttpResponse<String> response = chat("{\"messages\":" + HI + "," + field + "}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(Json.read(response.body()).at("/error/param").stringValue()).isEqualTo(param);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | messages",
                "\"hi\" | messages",
                "[1] | /messages/0",
                "[{\"role\":\"tool\",\"content\":\"x\"}] | /messages/0/role",
                "[{\"role\":\"user\"}] | /messages/0/content",
                "[{\"role\":\"user\",\"content\":1}] | /messages/0/content",
                "[{\"role\":\"user\",\"content\":\"x\",\"a/b\":1}] | /messages/0/a~1b",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}] | /messages/0/content/0/type",
            })
    void aBadMessageIsRefusedWithItsPointer(String messages, String param) {
        HttpResponse<String> response = chat("{\"messages\":" + messages + "}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Json.read(response.body()).at("/error/param").stringValue()).isEqualTo(param);
    }

    @Test
    void tooManyMessagesAreRefused() {
        String one = "{\"role\":\"user\",\"content\":\"x\"},";
        String many = "[" + one.repeat(512) + one.substring(0, one.length() - 1) + "]";

        assertThat(chat("{\"messages\":" + many + "}").statusCode()).isEqualTo(400);
    }

    @Test
    void aBodyOverOneMebibyteIsRefused() {
        HttpResponse<String> response = chat("{\"user\":\"" + "a".repeat(1 << 20) + "\"}");

        assertThat(response.statusCode()).isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "7", " ", "cat, 12 ", "你"})
    void aHugePromptIsCountedAndRefused(String unit) {
        String text = unit.repeat(600_000 / unit.length() / (unit.equals("你") ? 2 : 1));

        HttpResponse<String> response =
                chat("{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("context_length_exceeded");
    }

    @Test
    void onlyJsonIsReadAndOnlyKnownRoutesAnswer() {
        HttpRequest text =
                server.request("/v1/chat/completions")
                        .header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build();

        assertThat(server.send(text).statusCode()).isEqualTo(415);
        assertThat(server.get("/v1/chat/completions").statusCode()).isEqualTo(405);
        assertThat(server.get("/v2").statusCode()).isEqualTo(404);
        assertThat(chat("{\"model\":\"gpt-4\",\"messages\":" + HI + "}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void aHugeHeaderIsRefused() {
        HttpRequest request =
                server.request("/health").header("X-Fill", "a".repeat(20_000)).build();

        assertThat(server.send(request).statusCode()).isEqualTo(431);
    }

    @Test
    void aTraceIsEchoedAndNoPromptIsLogged() {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        HttpRequest request =
                server.request("/v1/tokenize")
                        .header("Content-Type", "application/json")
                        .header("traceparent", trace)
                        .POST(HttpRequest.BodyPublishers.ofString("{\"content\":\"zanzibarium\"}"))
                        .build();

        HttpResponse<String> response = server.send(request);
        chat("{\"messages\":\"zanzibarium");

        assertThat(response.headers().firstValue("traceparent")).hasValue(trace);
        assertThat(server.errorLines())
                .contains("0af7651916cd43dd8448eb211c80319c")
                .doesNotContain("zanzibarium");
        server.errorLines().lines().forEach(line -> assertThat(Json.read(line).has("ts")).isTrue());
    }
}
