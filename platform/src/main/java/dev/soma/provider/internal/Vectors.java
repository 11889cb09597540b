package dev.soma.provider.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.provider.ProviderClient.TokenUsage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// An answer with vectors, checked: one for each text, all of one length, every number finite.
///
/// @param base64 in the order of the texts, 32-bit floats with the lowest byte first
/// @param usage as the provider counted
record Vectors(List<String> base64, Optional<TokenUsage> usage) {
    private static final int MAX_DIMENSIONS = 16_384;

    Vectors {
        base64 = List.copyOf(base64);
    }

    /// @param asked the body of the request
    /// @return empty when it is not what was asked for
    static Optional<Vectors> read(byte[] answer, JsonObject asked) {
        try {
            JsonObject document = StrictJson.parseObject(answer);
            List<JsonValue> data = document.items("data");
            String[] vectors = new String[asked.items("input").size()];
            int length = 0;
            for (JsonValue item : data) {
                float[] vector = vector(item);
                int index = index(item, vectors.length);
                if (index < 0
                        || vectors[index] != null
                        || vector.length == 0
                        || (length != 0 && vector.length != length)) {
                    return Optional.empty();
                }
                length = vector.length;
                vectors[index] = encode(vector);
            }
            return data.size() == vectors.length
                    ? Optional.of(new Vectors(Arrays.asList(vectors), usage(document)))
                    : Optional.empty();
        } catch (MalformedJson | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static int index(JsonValue item, int texts) {
        OptionalLong index =
                item instanceof JsonObject object ? number(object, "index") : OptionalLong.empty();
        return index.isPresent() && index.getAsLong() < texts ? (int) index.getAsLong() : -1;
    }

    /// @throws IllegalArgumentException when it is none
    private static float[] vector(JsonValue item) {
        if (!(item instanceof JsonObject object)) {
            throw new IllegalArgumentException("an item is no object");
        }
        if (object.get("embedding").orElse(null) instanceof JsonString(String base64)) {
            return checked(decode(base64));
        }
        List<JsonValue> numbers = object.items("embedding");
        if (numbers.size() > MAX_DIMENSIONS) {
            throw new IllegalArgumentException("a vector is too long");
        }
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] =
                    switch (numbers.get(i)) {
                        case JsonFloat(double number) -> (float) number;
                        case JsonInteger(var number) -> number.floatValue();
                        default -> throw new IllegalArgumentException("not a number");
                    };
        }
        return checked(vector);
    }

    private static float[] checked(float[] vector) {
        for (float number : vector) {
            if (!Float.isFinite(number)) {
                throw new IllegalArgumentException("not a finite number");
            }
        }
        return vector;
    }

    private static float[] decode(String base64) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        if (bytes.length % Float.BYTES != 0 || bytes.length > MAX_DIMENSIONS * Float.BYTES) {
            throw new IllegalArgumentException("not a vector");
        }
        float[] vector = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        return vector;
    }

    private static String encode(float[] vector) {
        ByteBuffer bytes =
                ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private static Optional<TokenUsage> usage(JsonObject document) {
        OptionalLong prompt =
                document.object("usage")
                        .map(usage -> number(usage, "prompt_tokens"))
                        .orElse(OptionalLong.empty());
        return prompt.isEmpty()
                ? Optional.empty()
                : Optional.of(new TokenUsage(prompt.getAsLong(), 0));
    }

    private static OptionalLong number(JsonObject object, String name) {
        return object.get(name).orElse(null) instanceof JsonInteger(var value)
                        && value.signum() >= 0
                        && value.bitLength() < 31
                ? OptionalLong.of(value.longValue())
                : OptionalLong.empty();
    }
}
