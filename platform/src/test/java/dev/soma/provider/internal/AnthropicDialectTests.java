package dev.soma.provider.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.provider.ProviderClient.TokenUsage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The Messages dialect as its documentation shows it.
class AnthropicDialectTests {
    private static final String TOOL =
            "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\"}}]}";

    private static JsonObject json(String text) throws Exception {
        return StrictJson.parseObject(text.getBytes(StandardCharsets.UTF_8));
    }

    /// What the dialect says for a request in the dialect of OpenAI.
    private static String said(String request) throws Exception {
        return AnthropicRequest.of(json(request), "claude", true)
                .map(CanonicalJson.JCS::text)
                .orElse("nothing");
    }

    private static String text(AnthropicReader reader, String... events) {
        StringBuilder text = new StringBuilder();
        for (String event : events) {
            byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
            assertThat(reader.read(bytes, bytes.length)).as(event).isTrue();
            text.append(reader.text());
        }
        return text.toString();
    }

    @Test
    void aStreamIsReadAsDocumented() {
        AnthropicReader reader = new AnthropicReader();
        String text =
                text(
                        reader,
                        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":25,\"output_tokens\":1,\"cache_read_input_tokens\":10}}}",
                        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
                        "{\"type\":\"ping\"}",
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}",
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"!\"}}",
                        "{\"type\":\"content_block_stop\",\"index\":0}",
                        "{\"type\":\"something_new\",\"index\":0}");
        assertThat(text).isEqualTo("Hello!");
        assertThat(reader.usage()).isEmpty();
        assertThat(reader.done()).isFalse();
        text(
                reader,
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}",
                "{\"type\":\"message_stop\"}");
        assertThat(reader.finishReason()).contains("stop");
        assertThat(reader.usage()).contains(new TokenUsage(35, 15));
        assertThat(reader.done()).isTrue();
        assertThat(reader.error()).isFalse();
    }

    @Test
    void callsOfToolsArePutTogether() throws Exception {
        AnthropicReader reader = new AnthropicReader();
        text(
                reader,
                "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"get_weather\",\"input\":{}}}",
                "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}}",
                "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"location\\\":\"}}",
                "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\" \\\"Paris\\\"}\"}}",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":89}}");
        List<String> calls = new ArrayList<>();
        assertThat(
                        reader.tellTools(
                                json(TOOL),
                                (id, name, arguments) -> calls.add(id + name + arguments)))
                .isTrue();
        assertThat(calls).containsExactly("toolu_1get_weather{\"location\": \"Paris\"}");
        assertThat(reader.finishReason()).contains("tool_calls");
    }

    @Test
    void aWholeAnswerIsReadLikeAStream() throws Exception {
        AnthropicReader reader = new AnthropicReader();
        String text =
                text(
                        reader,
                        "{\"type\":\"message\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"},{\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"get_weather\",\"input\":{\"a\":1}}],\"stop_reason\":\"max_tokens\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}");
        assertThat(text).isEqualTo("Hi");
        assertThat(reader.reasoning()).isEqualTo("hm");
        assertThat(reader.finishReason()).contains("length");
        assertThat(reader.usage()).contains(new TokenUsage(3, 4));
        List<String> calls = new ArrayList<>();
        assertThat(reader.tellTools(json(TOOL), (id, name, arguments) -> calls.add(arguments)))
                .isTrue();
        assertThat(calls).containsExactly("{\"a\":1}");
    }

    @Test
    void anErrorInAStreamIsAFailureAndGarbageIsNoAnswer() {
        AnthropicReader reader = new AnthropicReader();
        text(
                reader,
                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");
        assertThat(reader.error()).isTrue();
        for (String garbage : List.of("", "[]", "{\"type\":", "\"x\"")) {
            byte[] bytes = garbage.getBytes(StandardCharsets.UTF_8);
            assertThat(new AnthropicReader().read(bytes, bytes.length)).as(garbage).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-1|5",
                "1.5|5",
                "99999999999999999999|5",
                "\"7\"|5",
                "null|5",
                "5|-1",
                "5|{}"
            })
    void absurdCountsCountAsNone(String input, String output) {
        AnthropicReader reader = new AnthropicReader();
        text(
                reader,
                "{\"type\":\"message\",\"content\":[],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":%s,\"output_tokens\":%s}}"
                        .formatted(input, output));
        assertThat(reader.usage()).isEqualTo(Optional.empty());
    }

    @Test
    void aRequestIsSaidInTheDialect() throws Exception {
        assertThat(
                        said(
                                """
                                {"messages":[{"role":"system","content":"Be short."},{"role":"user","content":"Weather?"},
                                 {"role":"assistant","content":"Let me see.","tool_calls":[{"id":"a","type":"function","function":{"name":"get_weather","arguments":"{\\"x\\":1}"}},
                                  {"id":"b","type":"function","function":{"name":"get_weather","arguments":"{}"}}]},
                                 {"role":"tool","tool_call_id":"a","content":"rain"},{"role":"tool","tool_call_id":"b","content":"sun"}],
                                 "max_tokens":9,"temperature":0.5,"stop":"END","tool_choice":"required","parallel_tool_calls":false,
                                 "tools":[{"type":"function","function":{"name":"get_weather","description":"d","parameters":{"type":"object"}}}]}
                                """))
                .isEqualTo(
                        CanonicalJson.JCS.text(
                                json(
                                        """
                                        {"model":"claude","stream":true,"system":"Be short.","max_tokens":9,"temperature":0.5,"stop_sequences":["END"],
                                         "messages":[{"role":"user","content":"Weather?"},
                                          {"role":"assistant","content":[{"type":"text","text":"Let me see."},
                                           {"type":"tool_use","id":"a","name":"get_weather","input":{"x":1}},
                                           {"type":"tool_use","id":"b","name":"get_weather","input":{}}]},
                                          {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"rain"},
                                           {"type":"tool_result","tool_use_id":"b","content":"sun"}]}],
                                         "tools":[{"name":"get_weather","description":"d","input_schema":{"type":"object"}}],
                                         "tool_choice":{"type":"any","disable_parallel_tool_use":true}}
                                        """)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"seed\":1",
                "\"frequency_penalty\":1",
                "\"presence_penalty\":1",
                "\"response_format\":{\"type\":\"json_object\"}"
            })
    void whatTheDialectDoesNotHaveIsNotLeftOutInSilence(String member) throws Exception {
        assertThat(said("{\"messages\":[],\"max_tokens\":1,%s}".formatted(member)))
                .isEqualTo("nothing");
    }
}
