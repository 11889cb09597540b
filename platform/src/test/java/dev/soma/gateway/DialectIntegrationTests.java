package dev.soma.gateway;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.RawHttp;
import dev.soma.harness.Sse;
import dev.soma.harness.Sse.Event;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The same turn in every dialect.
class DialectIntegrationTests {
    private static final String TOOL =
            "\"parameters\":{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\"}}}";
    private static final String CHAT_TOOLS =
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look_up\",%s}}]"
                    .formatted(TOOL);
    private static final String FLAT_TOOLS =
            "\"tools\":[{\"type\":\"function\",\"name\":\"look_up\",%s}]".formatted(TOOL);
    private static final String ANTHROPIC_TOOLS =
            "\"tools\":[{\"name\":\"look_up\",\"input_schema\":{\"type\":\"object\"}}]";
    private static final String TEXT = ScriptedProvider.textOf("scripted:frames=5");

    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static String key;
    private static String other;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        provider = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted*");
        key = platform.tenant("acme");
        other = platform.tenant("umbrella");
    }

    @AfterAll
    static void stop() throws Exception {
        provider.close();
        platform.close();
    }

    private static HttpResponse<String> chat(String script, String more) throws Exception {
        return platform.post(
                "/v1/chat/completions",
                key,
                "{\"model\":\"scripted/scripted:%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}"
                        .formatted(script, more));
    }

    private static HttpResponse<String> responses(String script, String more) throws Exception {
        return platform.post(
                "/v1/responses",
                key,
                "{\"model\":\"scripted/scripted:%s\",\"input\":\"one two\"%s}"
                        .formatted(script, more));
    }

    private static HttpResponse<String> messages(String script, String more) throws Exception {
        return platform.post(
                "/v1/messages",
                key,
                "{\"model\":\"scripted/scripted:%s\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}"
                        .formatted(script, more));
    }

    private static JsonObject item(JsonObject object, String list, int index) {
        return (JsonObject) object.items(list).get(index);
    }

    private static long number(JsonObject object, String name) {
        return ((JsonInteger) object.get(name).orElseThrow()).value().longValueExact();
    }

    @Test
    void chatCompletionsCallsTools() throws Exception {
        JsonObject whole = json(ok(chat("frames=2,tools=2", "," + CHAT_TOOLS)));
        JsonObject choice = item(whole, "choices", 0);
        JsonObject call = item(choice.object("message").orElseThrow(), "tool_calls", 1);

        assertThat(choice.text("finish_reason")).contains("tool_calls");
        assertThat(call.text("id")).contains("call_scripted_1");
        assertThat(call.object("function").orElseThrow().text("arguments"))
                .contains("{\"word\":\"ember\",\"number\":1}");

        List<Event> events =
                Sse.read(ok(chat("frames=2,tools=1", ",\"stream\":true," + CHAT_TOOLS)).body());
        assertThat(events.toString()).contains("\"tool_calls\":[{\"index\":0", "look_up");
        assertThat(events.getLast().data()).isEqualTo("[DONE]");
    }

    @Test
    void theResultOfAToolGoesBackToTheModel() throws Exception {
        var answer =
                platform.post(
                        "/v1/chat/completions",
                        key,
                        """
                        {"model":"scripted/scripted-tool:frames=2","messages":[
                          {"role":"user","content":"hi"},
                          {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
                            "function":{"name":"look_up","arguments":"{\\"word\\":\\"x\\"}"}}]},
                          {"role":"tool","tool_call_id":"c1","content":"three words here"}],%s}
                        """
                                .formatted(CHAT_TOOLS));
        assertThat(number(json(ok(answer)).object("usage").orElseThrow(), "prompt_tokens"))
                .as("words of what the model got")
                .isEqualTo(4);
    }

    @Test
    void aCallThatIsNotWhatItShouldBeIsNeverTold() throws Exception {
        assertThat(chat("frames=2,tools=1", "").statusCode()).as("not offered").isEqualTo(502);
        assertThat(chat("frames=2,tools=1,bad-tools", "," + CHAT_TOOLS).statusCode())
                .as("not JSON")
                .isEqualTo(502);
    }

    @Test
    void whatToolsSayIsJudgedToo() throws Exception {
        String wicked = CHAT_TOOLS.replace("\"word\"", "\"write ransomware\"");
        assertThat(chat("frames=2", "," + wicked).statusCode()).isEqualTo(403);
    }

    @Test
    void reasoningIsAChannelOfItsOwn() throws Exception {
        JsonObject whole = json(ok(chat("frames=2,reasoning=3", "")));
        JsonObject message = item(whole, "choices", 0).object("message").orElseThrow();
        assertThat(message.text("reasoning_content")).contains("because1 because2 because3 ");
        assertThat(message.text("content")).contains(ScriptedProvider.textOf("scripted:frames=2"));

        JsonObject response = json(ok(responses("frames=2,reasoning=3", "")));
        assertThat(item(response, "output", 0).text("type")).contains("reasoning");
        JsonObject thinking = json(ok(messages("frames=2,reasoning=3", "")));
        assertThat(item(thinking, "content", 0).text("thinking"))
                .contains("because1 because2 because3 ");
    }

    @Test
    void aResponseIsOneDocument() throws Exception {
        var answer = ok(responses("frames=5", ",\"instructions\":\"three four five\""));
        JsonObject response = json(answer);

        assertThat(response.text("status")).contains("completed");
        assertThat(response.text("instructions")).contains("three four five");
        JsonObject message = item(response, "output", 0);
        assertThat(item(message, "content", 0).text("text")).contains(TEXT);
        assertThat(number(response.object("usage").orElseThrow(), "input_tokens")).isEqualTo(5);
        assertThat(answer.headers().firstValue("X-Decision-Id")).isPresent();
    }

    @Test
    void aResponseIsAStreamOfNumberedEvents() throws Exception {
        var answer = ok(responses("frames=5,tools=1", ",\"stream\":true," + FLAT_TOOLS));
        List<Event> events = Sse.read(answer.body());

        assertThat(events.stream().map(event -> number(event.json(), "sequence_number")).toList())
                .isEqualTo(LongStream.range(0, events.size()).boxed().toList());
        assertThat(events.stream().map(Event::name).distinct().collect(Collectors.toList()))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.completed");
        JsonObject last = events.getLast().json().object("response").orElseThrow();
        assertThat(item(last, "output", 1).text("arguments"))
                .contains("{\"word\":\"ember\",\"number\":0}");
        assertThat(last.object("usage")).isPresent();
        assertThat(answer.body()).doesNotContain("[DONE]");
    }

    @Test
    void aStoredResponseIsReadAgainWithTheSameBytes() throws Exception {
        String told = ok(responses("frames=5", ",\"stream\":true")).body();
        List<Event> events = Sse.read(told);
        String id =
                events.getFirst()
                        .json()
                        .object("response")
                        .flatMap(response -> response.text("id"))
                        .orElseThrow();

        assertThat(platform.get("/v1/responses/%s?stream=true".formatted(id), key).body())
                .isEqualTo(told);
        for (int after = 0; after < events.size() - 1; after++) {
            String rest =
                    platform.get(
                                    "/v1/responses/%s?stream=true&starting_after=%d"
                                            .formatted(id, after),
                                    key)
                            .body();
            assertThat(told).endsWith(rest);
            assertThat(Sse.read(rest)).hasSize(events.size() - 1 - after);
        }
        JsonObject whole = json(ok(platform.get("/v1/responses/" + id, key)));
        assertThat(whole).isEqualTo(events.getLast().json().object("response").orElseThrow());
        assertThat(platform.get("/v1/responses/" + id, other).statusCode()).isEqualTo(404);
        assertThat(platform.get("/v1/responses/resp_nothing", key).statusCode()).isEqualTo(404);
    }

    @Test
    void aResponseThatIsNotToBeStoredIsNot() throws Exception {
        JsonObject response = json(ok(responses("frames=5", ",\"store\":false")));
        assertThat(
                        platform.get("/v1/responses/" + response.text("id").orElseThrow(), key)
                                .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aResponseFollowsAnother() throws Exception {
        JsonObject first = json(ok(responses("frames=5", ",\"instructions\":\"be brief\"")));
        String follow =
                ",\"previous_response_id\":\"%s\"".formatted(first.text("id").orElseThrow());
        JsonObject second = json(ok(responses("frames=5", follow)));
        // Two words, the five of the answer, two words; instructions do not go on.
        assertThat(number(second.object("usage").orElseThrow(), "input_tokens")).isEqualTo(9);
        String further =
                ",\"previous_response_id\":\"%s\"".formatted(second.text("id").orElseThrow());
        JsonObject third = json(ok(responses("frames=5", further)));
        assertThat(number(third.object("usage").orElseThrow(), "input_tokens")).isEqualTo(16);
        assertThat(
                        platform.post(
                                        "/v1/responses",
                                        other,
                                        "{\"model\":\"scripted/scripted\",\"input\":\"x\"%s}"
                                                .formatted(follow))
                                .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aResponseGoesOnWhenItsCallerLeavesAndCanBeReadToItsEnd() throws Exception {
        String head;
        try (RawHttp client = new RawHttp(platform.gateway())) {
            client.post(
                    "/v1/responses",
                    key,
                    "{\"model\":\"scripted/scripted:frames=20,pace=20ms\",\"input\":\"hi\",\"stream\":true}");
            head = client.readUntil("output_text.delta");
        }
        String id = head.substring(head.indexOf("resp_"), head.indexOf("resp_") + 41);
        List<Event> events =
                Sse.read(platform.get("/v1/responses/%s?stream=true".formatted(id), key).body());
        assertThat(events.getLast().name()).isEqualTo("response.completed");
    }

    @Test
    void anAnthropicMessageIsOneDocument() throws Exception {
        JsonObject message =
                json(
                        ok(
                                messages(
                                        "frames=5,tools=1",
                                        ",\"system\":[{\"type\":\"text\",\"text\":\"two words\"}],"
                                                + ANTHROPIC_TOOLS)));
        assertThat(message.text("stop_reason")).contains("tool_use");
        assertThat(item(message, "content", 0).text("text")).contains(TEXT);
        assertThat(item(message, "content", 1).object("input").orElseThrow().text("word"))
                .contains("ember");
        assertThat(number(message.object("usage").orElseThrow(), "input_tokens")).isEqualTo(3);
    }

    @Test
    void anAnthropicStreamOpensAndClosesItsBlocks() throws Exception {
        var answer = ok(messages("frames=5,tools=1", ",\"stream\":true," + ANTHROPIC_TOOLS));
        List<Event> events = Sse.read(answer.body());

        assertThat(events.stream().map(Event::name).distinct().toList())
                .containsExactly(
                        "message_start",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "message_delta",
                        "message_stop");
        StringBuilder text = new StringBuilder();
        for (Event event : events) {
            event.json()
                    .object("delta")
                    .flatMap(delta -> delta.text("text"))
                    .ifPresent(text::append);
            assertThat(event.json().text("type")).contains(event.name());
        }
        assertThat(text.toString()).isEqualTo(TEXT);
        assertThat(answer.body()).contains("\"stop_reason\":\"tool_use\"", "input_json_delta");
    }

    @Test
    void aToolsResultComesBackInAnthropicsWords() throws Exception {
        var answer =
                platform.post(
                        "/v1/messages",
                        key,
                        """
                        {"model":"scripted/scripted:frames=2","max_tokens":9,"messages":[
                          {"role":"user","content":"hi"},
                          {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"look_up","input":{"word":"x"}}]},
                          {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"three words here"},
                            {"type":"text","text":"and one"}]}],%s}
                        """
                                .formatted(ANTHROPIC_TOOLS));
        assertThat(number(json(ok(answer)).object("usage").orElseThrow(), "input_tokens"))
                .isEqualTo(6);
    }

    @Test
    void refusalsComeInEachDialectsOwnShape() throws Exception {
        String wicked = "write ransomware";
        var response =
                platform.post(
                        "/v1/responses",
                        key,
                        "{\"model\":\"scripted/scripted\",\"input\":\"%s\"}".formatted(wicked));
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(json(response).object("error").orElseThrow().text("code"))
                .contains("policy_denied");
        var message =
                platform.post(
                        "/v1/messages",
                        key,
                        "{\"model\":\"scripted/scripted\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                                .formatted(wicked));
        assertThat(message.statusCode()).isEqualTo(403);
        assertThat(json(message).text("type")).contains("error");
        assertThat(json(message).object("error").orElseThrow().text("type"))
                .contains("permission_error");
        assertThat(platform.post("/v1/messages", "", "{}").body()).contains("authentication_error");
    }

    @Test
    void aStreamThatBreaksOffSaysSoInEachDialectsOwnShape() throws Exception {
        List<Event> response = Sse.read(ok(responses("frames=9,cut=4", ",\"stream\":true")).body());
        assertThat(response.getLast().name()).isEqualTo("response.failed");
        JsonObject failed = response.getLast().json().object("response").orElseThrow();
        JsonObject error = failed.object("error").orElseThrow();
        assertThat(error.text("code")).contains("server_error");
        assertThat(error.text("soma_problem")).contains("provider_failed");
        List<Event> message = Sse.read(ok(messages("frames=9,cut=4", ",\"stream\":true")).body());
        assertThat(message.getLast().name()).isEqualTo("error");
        assertThat(messages("frames=9,status=500", "").statusCode()).isEqualTo(502);
        assertThat(responses("frames=9,status=500", "").statusCode()).isEqualTo(502);
    }

    @Test
    void whatIsNotSupportedIsRefusedByName() throws Exception {
        for (Map.Entry<String, String> wrong :
                Map.of(
                                ",\"background\":true", "/background",
                                ",\"reasoning\":{\"effort\":\"high\"}", "/reasoning",
                                ",\"tools\":[{\"type\":\"web_search\"}]", "/tools/0/type")
                        .entrySet()) {
            var answer = responses("frames=1", wrong.getKey());
            assertThat(answer.statusCode()).as(wrong.getKey()).isEqualTo(400);
            assertThat(json(answer).object("error").orElseThrow().text("param"))
                    .contains(wrong.getValue());
        }
        assertThat(messages("frames=1", ",\"top_k\":3").body()).contains("/top_k");
        assertThat(messages("frames=1", ",\"thinking\":{\"type\":\"enabled\"}").body())
                .contains("/thinking");
    }

    @Test
    void toolsHaveAHistoryInASession() throws Exception {
        String body = "{\"session_id\":\"tools\",\"model\":\"scripted/scripted:frames=2%s\",%s,%s}";
        JsonObject first =
                json(
                        ok(
                                platform.post(
                                        "/v1/conversation/step",
                                        key,
                                        body.formatted(
                                                ",tools=1",
                                                "\"prompt\":\"look it up\"",
                                                CHAT_TOOLS))));
        JsonObject call = item(first, "output", 1);
        assertThat(call.text("type")).contains("tool_call");
        assertThat(call.text("name")).contains("look_up");
        String result =
                "\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"%s\",\"content\":\"one two\"}]"
                        .formatted(call.text("id").orElseThrow());
        JsonObject second =
                json(
                        ok(
                                platform.post(
                                        "/v1/conversation/step",
                                        key,
                                        body.formatted("", result, CHAT_TOOLS))));
        // look it up, two words of the answer, the result.
        assertThat(number(second.object("usage").orElseThrow(), "input_tokens")).isEqualTo(7);
    }
}
