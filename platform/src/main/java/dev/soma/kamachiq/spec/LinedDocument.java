package dev.soma.kamachiq.spec;

import java.util.HashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/// A JSON or YAML document that knows the line of each of its values.
///
/// @param lines by RFC 6901 pointer
record LinedDocument(JsonNode root, Map<String, Integer> lines) {
    private static final int MAX_DEPTH = 32;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final StreamReadConstraints LIMITS =
            StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxNumberLength(32).build();
    private static final TokenStreamFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(LIMITS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();
    private static final TokenStreamFactory YAML =
            YAMLFactory.builder()
                    .loadSettings(LoadSettings.builder().setAllowDuplicateKeys(false).build())
                    .streamReadConstraints(LIMITS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    /// It cannot be read.
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;
        private final int line;

        Unreadable(int line, String message) {
            super(message);
            this.line = line;
        }

        SpecFault fault() {
            return new SpecFault(line, "", String.valueOf(getMessage()));
        }
    }

    static LinedDocument parse(String text) throws Unreadable {
        TokenStreamFactory format = text.stripLeading().startsWith("{") ? JSON : YAML;
        Map<String, Integer> lines = new HashMap<>();
        try (JsonParser parser = format.createParser(ObjectReadContext.empty(), text)) {
            parser.nextToken();
            JsonNode root = value(parser, "", lines, 0);
            if (parser.nextToken() != null) {
                throw new Unreadable(line(parser), "something follows the document");
            }
            return new LinedDocument(root, lines);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getLineNr());
            throw new Unreadable(line, firstLine(String.valueOf(e.getOriginalMessage())));
        }
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("cannot be read");
    }

    private static int line(JsonParser parser) {
        return Math.max(0, parser.currentTokenLocation().getLineNr());
    }

    private static JsonNode value(
            JsonParser parser, String pointer, Map<String, Integer> lines, int depth)
            throws Unreadable {
        if (depth > MAX_DEPTH) {
            throw new Unreadable(line(parser), "is nested more than 32 deep");
        }
        if (parser instanceof YAMLParser yaml
                && (yaml.isCurrentAlias() || yaml.getObjectId() != null)) {
            throw new Unreadable(line(parser), "anchors and aliases are not taken");
        }
        lines.put(pointer, line(parser));
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new Unreadable(0, "is empty");
        }
        return switch (token) {
            case START_OBJECT -> object(parser, pointer, lines, depth);
            case START_ARRAY -> array(parser, pointer, lines, depth);
            case VALUE_STRING -> NODES.stringNode(parser.getString());
            case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            default -> throw new Unreadable(line(parser), "holds a value of an unknown kind");
        };
    }

    private static JsonNode object(
            JsonParser parser, String pointer, Map<String, Integer> lines, int depth)
            throws Unreadable {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            String below = pointer + "/" + name.replace("~", "~0").replace("/", "~1");
            parser.nextToken();
            object.set(name, value(parser, below, lines, depth + 1));
        }
        return object;
    }

    private static JsonNode array(
            JsonParser parser, String pointer, Map<String, Integer> lines, int depth)
            throws Unreadable {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(parser, pointer + "/" + array.size(), lines, depth + 1));
        }
        return array;
    }

    /// The line of a value, or of the nearest one around it.
    int line(String pointer) {
        String at = pointer;
        while (!lines.containsKey(at) && at.contains("/")) {
            at = at.substring(0, at.lastIndexOf('/'));
        }
        return lines.getOrDefault(at, 0);
    }
}
