package dev.soma.provider.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.provider.ProviderClient.TokenUsage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorsTests {
    private static final JsonObject TWO =
            JsonValue.object().put("input", JsonValue.texts(List.of("a", "b"))).build();

    private static Optional<Vectors> read(String answer) {
        return Vectors.read(answer.getBytes(StandardCharsets.UTF_8), TWO);
    }

    private static float[] numbers(String base64) {
        ByteBuffer bytes =
                ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
        float[] numbers = new float[bytes.remaining() / 4];
        bytes.asFloatBuffer().get(numbers);
        return numbers;
    }

    @Test
    void vectorsComeInTheOrderOfTheTextsWhateverTheirForm() {
        Vectors vectors =
                read("""
                                {"data":[{"index":1,"embedding":[1,-0.5]},{"index":0,"embedding":"AACAPwAAAEA="}],
                                 "usage":{"prompt_tokens":7,"total_tokens":7}}
                                """)
                        .orElseThrow();
        assertThat(numbers(vectors.base64().get(0))).containsExactly(1f, 2f);
        assertThat(numbers(vectors.base64().get(1))).containsExactly(1f, -0.5f);
        assertThat(vectors.usage()).contains(new TokenUsage(7, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "<html>",
                "{\"data\":[{\"index\":0,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":2,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":-1,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1,2]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[]},{\"index\":1,\"embedding\":[]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1e99]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[\"1\"]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":\"AAA=\"},{\"index\":1,\"embedding\":\"AAA=\"}]}",
                "{\"data\":[{\"index\":0,\"embedding\":\"?\"},{\"index\":1,\"embedding\":\"?\"}]}",
                "{\"data\":[{\"index\":0,\"embedding\":\"AADAfw==\"},{\"index\":1,\"embedding\":\"AADAfw==\"}]}",
                "{\"data\":[1,2]}"
            })
    void whatIsNotOneVectorForEachTextIsRefused(String answer) {
        assertThat(read(answer)).isEmpty();
    }
}
