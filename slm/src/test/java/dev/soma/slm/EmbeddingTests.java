package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class EmbeddingTests {
    private final SlmProcess server = SlmProcess.shared();

    private JsonNode embed(String body) {
        return server.ok("/v1/embeddings", body);
    }

    private static double cosine(JsonNode left, JsonNode right) {
        double sum = 0;
        for (int i = 0; i < left.size(); i++) {
            sum += left.get(i).doubleValue() * right.get(i).doubleValue();
        }
        return sum;
    }

    @Test
    void nearTextsAreNearAndEachVectorHasLengthOne() {
        JsonNode answer =
                embed(
                        """
                        {"input":["cancel my subscription","please end my plan",
                                  "the moon is made of rock"]}
                        """);

        JsonNode first = answer.at("/data/0/embedding");
        assertThat(first.size()).isEqualTo(384);
        assertThat(cosine(first, first)).isCloseTo(1, within(1e-4));
        assertThat(cosine(first, answer.at("/data/1/embedding"))).isCloseTo(0.39, within(0.02));
        assertThat(cosine(first, answer.at("/data/2/embedding"))).isLessThan(0.2);
    }

    @Test
    void aBatchGivesWhatItsTextsGiveAlone() {
        JsonNode batch = embed("{\"input\":[\"one ship\",\"two harbours\"]}");

        JsonNode alone = embed("{\"input\":\"two harbours\"}");

        assertThat(batch.at("/data/1/embedding")).isEqualTo(alone.at("/data/0/embedding"));
        assertThat(batch.at("/data/1/index").intValue()).isEqualTo(1);
    }

    @Test
    void usageCountsWordPieces() {
        assertThat(
                        embed("{\"input\":[\"hello world\",\"hello\"]}")
                                .at("/usage/prompt_tokens")
                                .intValue())
                .isEqualTo(3);
    }

    @Test
    void base64HoldsTheSameNumbers() {
        JsonNode numbers = embed("{\"input\":\"a ship\"}").at("/data/0/embedding");

        String text =
                embed("{\"input\":\"a ship\",\"encoding_format\":\"base64\"}")
                        .at("/data/0/embedding")
                        .stringValue();

        ByteBuffer bytes =
                ByteBuffer.wrap(Base64.getDecoder().decode(text)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.remaining()).isEqualTo(384 * Float.BYTES);
        for (JsonNode number : numbers) {
            assertThat(bytes.getFloat()).isEqualTo((float) number.doubleValue());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"input\":\"\"}",
                "{\"input\":[]}",
                "{\"input\":[1,2]}",
                "{\"input\":\"x\",\"dimensions\":10}",
                "{\"input\":\"x\",\"encoding_format\":\"hex\"}",
                "{\"input\":\"x\",\"extra\":1}"
            })
    void aBadRequestIsRefused(String body) {
        assertThat(server.send(server.post("/v1/embeddings", body)).statusCode()).isEqualTo(400);
    }
}
