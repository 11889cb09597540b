package dev.soma.kernel.json;

import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/// Reads JSON without forgiving anything: no duplicate names, no NaN, no byte order mark, no lone
/// surrogates, no
/// invalid UTF-8, bounded depth and number length. Integers keep every digit. Thread-safe.
public final class StrictJson {
    /// CPython refuses longer integers too, so a document that passes here parses there.
    private static final int MAX_NUMBER_DIGITS = 4_300;

    private static final int MAX_DEPTH = 64;

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(MAX_DEPTH)
                                    .maxNumberLength(MAX_NUMBER_DIGITS)
                                    .build())
                    .build();

    private StrictJson() {}

    /// Parses one document.
    ///
    /// @throws MalformedJson when the bytes are anything but exactly one acceptable JSON value
    public static JsonValue parse(byte[] bytes) throws MalformedJson {
        String text = decode(bytes);
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                throw new MalformedJson("the document is empty");
            }
            JsonValue value = read(parser);
            if (parser.nextToken() != null) {
                throw new MalformedJson("there is more after the end of the document");
            }
            return value;
        } catch (JacksonException e) {
            throw new MalformedJson(describe(e));
        }
    }

    /// Parses one document that has to be an object.
    public static JsonObject parseObject(byte[] bytes) throws MalformedJson {
        if (parse(bytes) instanceof JsonObject object) {
            return object;
        }
        throw new MalformedJson("the document is not an object");
    }

    private static String decode(byte[] bytes) throws MalformedJson {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            if (text.startsWith("\uFEFF")) {
                throw new MalformedJson("the document starts with a byte order mark");
            }
            return text;
        } catch (CharacterCodingException e) {
            throw new MalformedJson("the document is not valid UTF-8");
        }
    }

    private static String describe(JacksonException e) {
        var location = e.getLocation();
        String where =
                location == null
                        ? ""
                        : " at line %d, column %d"
                                .formatted(location.getLineNr(), location.getColumnNr());
        return "not acceptable JSON" + where;
    }

    private static JsonValue read(JsonParser parser) throws MalformedJson {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> readObject(parser);
            case START_ARRAY -> readArray(parser);
            case VALUE_STRING -> new JsonString(wellFormed(parser.getString()));
            case VALUE_NUMBER_INT -> new JsonInteger(new BigInteger(parser.getString()));
            case VALUE_NUMBER_FLOAT -> readFloat(parser.getString());
            case VALUE_TRUE -> new JsonBoolean(true);
            case VALUE_FALSE -> new JsonBoolean(false);
            case VALUE_NULL -> new JsonNull();
            case END_OBJECT, END_ARRAY, PROPERTY_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                    throw new MalformedJson("a value was expected");
        };
    }

    private static JsonValue readObject(JsonParser parser) throws MalformedJson {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = wellFormed(parser.currentName());
            parser.nextToken();
            members.put(name, read(parser));
        }
        return new JsonObject(members);
    }

    private static JsonValue readArray(JsonParser parser) throws MalformedJson {
        List<JsonValue> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(read(parser));
        }
        return new JsonArray(items);
    }

    private static JsonValue readFloat(String text) throws MalformedJson {
        double value = Double.parseDouble(text);
        if (!Double.isFinite(value)) {
            throw new MalformedJson("a number is too large for a double");
        }
        return new JsonFloat(value);
    }

    private static String wellFormed(String text) throws MalformedJson {
        int i = 0;
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw new MalformedJson("a string holds a lone surrogate");
            }
            i += Character.charCount(codePoint);
        }
        return text;
    }
}
