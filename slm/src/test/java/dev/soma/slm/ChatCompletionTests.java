package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ChatCompletionTests {
    private static final String QUESTION = "What is the capital of France?";
    private final SlmProcess server = SlmProcess.shared();

    private JsonNode answer(ObjectNode body) {
        return server.ok("/v1/chat/completions", Json.write(body));
    }

    private static String content(JsonNode answer) {
        return answer.at("/choices/0/message/content").stringValue();
    }

    private static String finish(JsonNode answer) {
        return answer.at("/choices/0/finish_reason").stringValue();
    }

    @Test
    void answersTheQuestionAndEndsItsTurn() {
        JsonNode answer = answer(Bodies.chat(QUESTION, 40));

        assertThat(content(answer)).contains("Paris");
        assertThat(finish(answer)).isEqualTo("stop");
    }

    @Test
    void usageIsTheRenderedPromptAndTheDecodedTokensWithTheEndOfTurn() {
        ObjectNode body = Bodies.chat(QUESTION, 40);
        ObjectNode messages = Json.object().set("messages", body.get("messages"));

        JsonNode answer = answer(body);

        int prompt = server.ok("/v1/chat/tokenize", Json.write(messages)).get("count").intValue();
        int completion = server.tokens(content(answer)) + 1;
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(prompt);
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(completion);
        assertThat(answer.at("/usage/total_tokens").intValue()).isEqualTo(prompt + completion);
    }

    @Test
    void anAnswerAtItsBoundHasExactlySoManyTokens() {
        JsonNode answer = answer(Bodies.chat("Tell a long story about a ship.", 12));

        assertThat(finish(answer)).isEqualTo("length");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(12);
        assertThat(server.tokens(content(answer))).isEqualTo(12);
    }

    @Test
    void charactersOfManyTokensAreCountedWhole() {
        JsonNode answer = answer(Bodies.chat("Repeat: 🌟🌟🌟 你好", 13));

        assertThat(answer.at("/usage/completion_tokens").intValue()).isBetween(1, 13);
        assertThat(server.tokens(content(answer)))
                .isBetween(
                        answer.at("/usage/completion_tokens").intValue() - 3,
                        answer.at("/usage/completion_tokens").intValue());
    }

    @Test
    void streamAndWholeAnswerAreTheSame() {
        ObjectNode greedy = Bodies.chat("Write one sentence about the sea.", 24);
        ObjectNode drawn = greedy.deepCopy().put("temperature", 0.9).put("top_p", 0.9);

        for (ObjectNode body : List.of(greedy, drawn)) {
            JsonNode whole = answer(body);
            HttpResponse<String> streamed = server.chat(body.deepCopy().put("stream", true));
            List<JsonNode> chunks = Bodies.chunks(streamed.body());

            assertThat(Bodies.text(chunks)).isEqualTo(content(whole));
            assertThat(chunks.getLast().get("usage")).isEqualTo(whole.get("usage"));
        }
    }

    @Test
    void usageIsTheLastChunkBeforeDone() {
        HttpResponse<String> streamed = server.chat(Bodies.chat("Hi.", 4).put("stream", true));

        List<String> events = Bodies.events(streamed.body());
        List<JsonNode> chunks = Bodies.chunks(streamed.body());
        assertThat(streamed.headers().firstValue("content-type"))
                .hasValue("text/event-stream; charset=utf-8");
        assertThat(events.getLast()).isEqualTo("[DONE]");
        assertThat(chunks.getLast().get("choices").isEmpty()).isTrue();
        assertThat(chunks.getLast().at("/usage/completion_tokens").intValue()).isBetween(1, 4);
        assertThat(chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").stringValue())
                .isIn("stop", "length");
        assertThat(chunks.getFirst().at("/choices/0/delta/role").stringValue())
                .isEqualTo("assistant");
    }

    @Test
    void aSeedRepeatsADrawnAnswerAndAnotherSeedDoesNot() {
        ObjectNode body = Bodies.chat("Invent a name for a ship.", 16).put("temperature", 1.2);

        String first = content(answer(body.deepCopy().put("seed", 42)));
        String again = content(answer(body.deepCopy().put("seed", 42)));
        String other = content(answer(body.deepCopy().put("seed", 7_000_000_000L)));

        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void aStopSequenceEndsTheAnswerAndIsNotShown() {
        ObjectNode body = Bodies.chat(QUESTION, 40);
        body.set("stop", Json.array().add(" of France").add("never said"));

        JsonNode answer = answer(body);

        assertThat(content(answer)).isEqualTo("The capital");
        assertThat(finish(answer)).isEqualTo("stop");
    }

    @Test
    void anAnswerCanContinueAnAssistantsBeginning() {
        ObjectNode body = Bodies.chat(QUESTION, 12);
        ((tools.jackson.databind.node.ArrayNode) body.get("messages"))
                .add(Bodies.message("assistant", "The capital of France is"));
        body.put("continue_final_message", true);

        assertThat(content(answer(body))).startsWith(" Paris");
    }

    @Test
    void aReusedPromptGivesTheSameAnswerAndOnlyItsOwnKeyIsFaster() {
        String text = "The ship left the harbour at dawn and sailed to the north. ".repeat(12);
        ObjectNode body = Bodies.chat(text + "Where did it sail?", 4);

        String cold = timed(body, "fair-a");
        double coldSeconds = lastFirstToken;
        String warm = timed(body, "fair-a");
        double warmSeconds = lastFirstToken;
        String foreign = timed(body, "fair-b");
        double foreignSeconds = lastFirstToken;

        assertThat(List.of(warm, foreign)).containsOnly(cold);
        assertThat(warmSeconds).isLessThan(coldSeconds / 2);
        assertThat(foreignSeconds).isGreaterThan(coldSeconds / 2);
    }

    private double lastFirstToken;

    private String timed(ObjectNode body, String fairKey) {
        double before = server.metric("soma_slm_first_token_seconds_sum");
        HttpResponse<String> response =
                server.send(
                        server.request("/v1/chat/completions")
                                .header("Content-Type", "application/json")
                                .header("X-Soma-Fair-Key", fairKey)
                                .POST(
                                        java.net.http.HttpRequest.BodyPublishers.ofString(
                                                Json.write(body)))
                                .build());
        lastFirstToken = server.metric("soma_slm_first_token_seconds_sum") - before;
        return content(Json.read(response.body()));
    }
}
