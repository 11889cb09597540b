package dev.soma.slm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /v1/embeddings`.
final class EmbeddingRoutes {
    private static final int MAX_TEXTS = 256;
    private static final int MAX_TEXT_CHARS = 65_536;

    private final Optional<Embedder> embedder;
    private final NativeThread vectors;
    private final Metrics metrics;

    EmbeddingRoutes(Optional<Embedder> embedder, NativeThread vectors, Metrics metrics) {
        this.embedder = embedder;
        this.vectors = vectors;
        this.metrics = metrics;
    }

    void embed(Call call) {
        Embedder model =
                embedder.orElseThrow(
                        () ->
                                new RefusedException(
                                        Refusal.of(
                                                404,
                                                "embeddings_disabled",
                                                "This server runs without its embedder.")));
        Fields fields = new Fields(call.json(), "");
        fields.refuseOthers(Set.of("model", "input", "encoding_format", "dimensions", "user"));
        ChatRequest.checkModel(fields, Embedder.MODEL_ID);
        fields.integer("dimensions", Embedder.DIMENSIONS, Embedder.DIMENSIONS);
        fields.text("user", 512);
        boolean base64 = base64(fields);
        List<String> texts = texts(fields);
        vectors.run(
                call,
                () -> {
                    Embedder.Embedded embedded = model.embed(texts);
                    metrics.embedded(embedded.tokens());
                    ObjectNode answer = document(embedded, base64);
                    return () -> call.answer(200, answer);
                });
    }

    private static boolean base64(Fields fields) {
        String format = fields.text("encoding_format", 64).orElse("float");
        return switch (format) {
            case "float" -> false;
            case "base64" -> true;
            default ->
                    throw fields.refused(
                            "invalid_value",
                            "encoding_format",
                            "'encoding_format' must be float or base64.");
        };
    }

    private static List<String> texts(Fields fields) {
        @Nullable JsonNode input = fields.value("input");
        if (input == null) {
            throw fields.missing("input");
        }
        List<JsonNode> nodes = input.isArray() ? input.values().stream().toList() : List.of(input);
        if (nodes.isEmpty() || nodes.size() > MAX_TEXTS) {
            throw fields.refused(
                    "invalid_value",
                    "input",
                    "'input' must hold 1 to %d texts.".formatted(MAX_TEXTS));
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode node : nodes) {
            if (!node.isString()
                    || node.stringValue().isBlank()
                    || node.stringValue().length() > MAX_TEXT_CHARS) {
                String place = input.isArray() ? "/input/" + texts.size() : "input";
                throw new RefusedException(
                        Refusal.invalid(
                                "invalid_value",
                                place,
                                "A text must be a string of 1 to %d characters, not blank."
                                        .formatted(MAX_TEXT_CHARS)));
            }
            texts.add(node.stringValue());
        }
        return texts;
    }

    private static ObjectNode document(Embedder.Embedded embedded, boolean base64) {
        ArrayNode data = Json.array();
        for (int i = 0; i < embedded.vectors().size(); i++) {
            ObjectNode entry = Json.object();
            entry.put("object", "embedding");
            entry.put("index", i);
            float[] vector = embedded.vectors().get(i);
            if (base64) {
                entry.put("embedding", base64(vector));
            } else {
                entry.set("embedding", numbers(vector));
            }
            data.add(entry);
        }
        ObjectNode usage = Json.object();
        usage.put("prompt_tokens", embedded.tokens());
        usage.put("total_tokens", embedded.tokens());
        ObjectNode document = Json.object();
        document.put("object", "list");
        document.set("data", data);
        document.put("model", Embedder.MODEL_ID);
        document.set("usage", usage);
        return document;
    }

    private static ArrayNode numbers(float[] vector) {
        ArrayNode numbers = Json.array();
        for (float x : vector) {
            numbers.add(x);
        }
        return numbers;
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes =
                ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float x : vector) {
            bytes.putFloat(x);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
