package dev.soma.slm;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON as this server reads it: UTF-8, one document, no duplicate keys, no lone surrogates, no
/// NUL.
final class Json {
    private static final int MAX_DEPTH = 64;

    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .maxNumberLength(64)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    static String write(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    /// Reads a document the model wrote; [JacksonException] when it is not JSON.
    static JsonNode read(String text) {
        return MAPPER.readTree(text);
    }

    /// Reads a request body, which must be one JSON object.
    static ObjectNode readBody(byte[] body) {
        JsonNode node = parse(decode(body));
        if (!(node instanceof ObjectNode object)) {
            throw new RefusedException(
                    Refusal.invalid("invalid_json", "", "The body must be one JSON object."));
        }
        checkText(object, "");
        return object;
    }

    private static String decode(byte[] body) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw new RefusedException(
                    Refusal.invalid("invalid_json", "", "The body is not valid UTF-8."));
        }
    }

    private static JsonNode parse(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException e) {
            // Only the place is repeated: the library's message quotes the body, which may be a
            // prompt.
            String place =
                    e.getLocation() == null
                            ? ""
                            : " at line %d, column %d"
                                    .formatted(
                                            e.getLocation().getLineNr(),
                                            e.getLocation().getColumnNr());
            throw new RefusedException(
                    Refusal.invalid(
                            "invalid_json",
                            "",
                            "The body is not strict JSON (syntax, duplicate key, NaN, or nesting over "
                                    + MAX_DEPTH
                                    + ")"
                                    + place
                                    + "."));
        }
    }

    private static void checkText(JsonNode node, String pointer) {
        if (node.isString()) {
            checkText(node.stringValue(), pointer);
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                checkText(node.get(i), pointer + "/" + i);
            }
        } else {
            for (Map.Entry<String, JsonNode> property : node.properties()) {
                String inner = pointer(pointer, property.getKey());
                checkText(property.getKey(), inner);
                checkText(property.getValue(), inner);
            }
        }
    }

    /// The native side takes text as UTF-8 and ends the process on what UTF-8 cannot carry.
    private static void checkText(String text, String pointer) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair =
                    Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                i++;
            } else if (c == 0 || Character.isSurrogate(c)) {
                throw new RefusedException(
                        Refusal.invalid(
                                "invalid_json",
                                wellFormed(pointer),
                                "Text must not hold a NUL or a lone surrogate."));
            }
        }
    }

    static String pointer(String parent, String key) {
        return parent + "/" + key.replace("~", "~0").replace("/", "~1");
    }

    private static String wellFormed(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
