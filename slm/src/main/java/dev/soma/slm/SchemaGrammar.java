package dev.soma.slm;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A JSON Schema that an answer is bound to.
///
/// The native converter ends the process on a schema it does not know, and ignores keywords it
/// cannot express. So only a closed subset passes here, in which the grammar says exactly what the
/// schema says, and every finished answer is still validated against the schema.
final class SchemaGrammar {
    private static final int MAX_DEPTH = 12;
    private static final int MAX_NODES = 256;
    private static final int MAX_PROPERTIES = 32;
    private static final int MAX_CHOICES = 128;
    private static final int MAX_NAME_CHARS = 64;
    private static final int MAX_LITERAL_CHARS = 4096;
    private static final int MAX_REPEATS = 256;
    private static final long MAX_NUMBER = 1L << 53;

    private static final Set<String> TYPES =
            Set.of("object", "array", "string", "integer", "number", "boolean", "null");
    private static final Set<String> NOTES =
            Set.of("title", "description", "$schema", "default", "examples", "$comment");
    private static final Map<String, Set<String>> KEYWORDS =
            Map.of(
                    "object", Set.of("properties", "required", "additionalProperties"),
                    "array", Set.of("items", "minItems", "maxItems"),
                    "string", Set.of("minLength", "maxLength"),
                    "integer", Set.of("minimum", "maximum"));

    private static final Set<String> KNOWN =
            Stream.concat(
                            Stream.of("type", "const", "enum", "anyOf"),
                            KEYWORDS.values().stream().flatMap(Set::stream))
                    .collect(Collectors.toUnmodifiableSet());

    /// The grammar of `response_format: json_object`.
    static final SchemaGrammar ANY_OBJECT =
            new SchemaGrammar((ObjectNode) Json.read("{\"type\":\"object\"}"));

    private final ObjectNode schema;
    private final Schema validator;

    private SchemaGrammar(ObjectNode schema) {
        this.schema = schema;
        this.validator =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(schema);
    }

    /// Passes a schema of the subset; refuses any other with the JSON Pointer of what is wrong.
    static SchemaGrammar of(ObjectNode schema, String pointer) {
        ObjectNode bare = new Check().bare(schema, pointer, 0);
        Check.refuseReferences(bare, pointer);
        return new SchemaGrammar(bare);
    }

    /// The text for the converter.
    String json() {
        return Json.write(schema);
    }

    /// Whether a finished answer is JSON and keeps the schema.
    boolean accepts(String answer) {
        try {
            return validator.validate(Json.read(answer)).isEmpty();
        } catch (JacksonException e) {
            return false;
        }
    }

    private static final class Check {
        private int nodes;

        /// The node without its notes, so that nothing unread reaches native code.
        ObjectNode bare(JsonNode node, String at, int depth) {
            if (!(node instanceof ObjectNode object)) {
                throw refused(at, "A schema must be an object.");
            }
            nodes++;
            if (depth > MAX_DEPTH || nodes > MAX_NODES) {
                throw refused(
                        at,
                        "The schema is deeper than %d or has more than %d parts."
                                .formatted(MAX_DEPTH, MAX_NODES));
            }
            ObjectNode bare = object.deepCopy();
            bare.remove(NOTES);
            refuseOthers(bare, KNOWN, at);
            if (bare.has("anyOf")) {
                return anyOf(bare, at, depth);
            }
            if (bare.has("const") || bare.has("enum")) {
                return choice(bare, at);
            }
            return typed(bare, at, depth);
        }

        private ObjectNode anyOf(ObjectNode node, String at, int depth) {
            refuseOthers(node, Set.of("anyOf"), at);
            JsonNode options = node.get("anyOf");
            String inside = at + "/anyOf";
            bounded(options, 1, MAX_CHOICES, inside);
            var bare = Json.array();
            for (int i = 0; i < options.size(); i++) {
                bare.add(bare(options.get(i), inside + "/" + i, depth + 1));
            }
            return Json.object().set("anyOf", bare);
        }

        private ObjectNode choice(ObjectNode node, String at) {
            String keyword = node.has("const") ? "const" : "enum";
            refuseOthers(node, Set.of(keyword, "type"), at);
            String inside = at + "/" + keyword;
            JsonNode values = node.get(keyword);
            if (keyword.equals("enum")) {
                bounded(values, 1, MAX_CHOICES, inside);
            } else {
                values = Json.array().add(values);
            }
            Set<String> types = node.has("type") ? types(node, at) : TYPES;
            for (JsonNode value : values) {
                if (!hasType(value, types)) {
                    throw refused(inside, "A value here is not of the schema's type.");
                }
                refuseEscapes(value, inside);
                if (Json.write(value).length() > MAX_LITERAL_CHARS) {
                    throw refused(
                            inside,
                            "A value here is longer than %d characters."
                                    .formatted(MAX_LITERAL_CHARS));
                }
            }
            return Json.object().set(keyword, node.get(keyword));
        }

        private ObjectNode typed(ObjectNode node, String at, int depth) {
            Set<String> types = types(node, at);
            Set<String> known = new HashSet<>(Set.of("type"));
            types.forEach(type -> known.addAll(KEYWORDS.getOrDefault(type, Set.of())));
            refuseOthers(node, known, at);
            range(node, "minLength", "maxLength", 0, MAX_REPEATS, at);
            range(node, "minItems", "maxItems", 0, MAX_REPEATS, at);
            range(node, "minimum", "maximum", -MAX_NUMBER, MAX_NUMBER, at);
            if (types.contains("object")) {
                properties(node, at, depth);
            }
            if (node.has("items")) {
                node.set("items", bare(node.get("items"), at + "/items", depth + 1));
            } else if (types.contains("array")) {
                throw refused(at, "An array needs 'items'.");
            }
            return node;
        }

        private void properties(ObjectNode node, String at, int depth) {
            @Nullable JsonNode extra = node.get("additionalProperties");
            if (extra != null && !(extra.isBoolean() && !extra.booleanValue())) {
                throw refused(at + "/additionalProperties", "Only false is supported here.");
            }
            String inside = at + "/properties";
            if (!(node.path("properties") instanceof ObjectNode properties)
                    || properties.isEmpty()
                    || properties.size() > MAX_PROPERTIES) {
                throw refused(
                        inside, "An object needs 1 to %d 'properties'.".formatted(MAX_PROPERTIES));
            }
            Map<String, JsonNode> bare = new HashMap<>();
            for (Map.Entry<String, JsonNode> property : properties.properties()) {
                String name = property.getKey();
                String pointer = Json.pointer(inside, name);
                if (name.isEmpty() || name.length() > MAX_NAME_CHARS) {
                    throw refused(
                            inside, "A name has 1 to %d characters.".formatted(MAX_NAME_CHARS));
                }
                refuseEscapes(Json.array().add(name), pointer);
                bare.put(name, bare(property.getValue(), pointer, depth + 1));
            }
            bare.forEach(properties::set);
            node.put("additionalProperties", false);
            required(node, properties, at + "/required");
        }

        private static void required(ObjectNode node, ObjectNode properties, String at) {
            @Nullable JsonNode required = node.get("required");
            if (required == null) {
                return;
            }
            bounded(required, 0, MAX_PROPERTIES, at);
            for (JsonNode name : required) {
                if (!name.isString() || !properties.has(name.stringValue())) {
                    throw refused(at, "Each entry must name one of the 'properties'.");
                }
            }
        }

        private static Set<String> types(ObjectNode node, String at) {
            @Nullable JsonNode type = node.get("type");
            if (type == null) {
                throw refused(at, "Each schema needs 'type', 'enum', 'const' or 'anyOf'.");
            }
            List<JsonNode> names = type.isArray() ? type.values().stream().toList() : List.of(type);
            Set<String> types = new HashSet<>();
            for (JsonNode name : names) {
                if (!name.isString()
                        || !TYPES.contains(name.stringValue())
                        || !types.add(name.stringValue())) {
                    throw refused(at + "/type", "A type must be one of " + sorted(TYPES) + ".");
                }
            }
            if (types.isEmpty()) {
                throw refused(at + "/type", "At least one type is needed.");
            }
            return types;
        }

        private static boolean hasType(JsonNode value, Set<String> types) {
            String type =
                    switch (value.getNodeType()) {
                        case OBJECT, POJO, MISSING, BINARY -> "object";
                        case ARRAY -> "array";
                        case STRING -> "string";
                        case BOOLEAN -> "boolean";
                        case NULL -> "null";
                        case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
                    };
            return types.contains(type) || (type.equals("integer") && types.contains("number"));
        }

        private static void range(
                ObjectNode node, String low, String high, long least, long most, String at) {
            Long from = bound(node, low, least, most, at);
            Long to = bound(node, high, least, most, at);
            if (from != null && to != null && from > to) {
                throw refused(at + "/" + high, "'%s' is below '%s'.".formatted(high, low));
            }
        }

        private static @Nullable Long bound(
                ObjectNode node, String name, long least, long most, String at) {
            @Nullable JsonNode value = node.get(name);
            if (value == null) {
                return null;
            }
            if (!value.isIntegralNumber()
                    || !value.canConvertToLong()
                    || value.longValue() < least
                    || value.longValue() > most) {
                throw refused(
                        at + "/" + name,
                        "'%s' must be a whole number from %d to %d.".formatted(name, least, most));
            }
            return value.longValue();
        }

        private static void bounded(JsonNode list, int least, int most, String at) {
            if (!list.isArray() || list.size() < least || list.size() > most) {
                throw refused(at, "A list of %d to %d is needed.".formatted(least, most));
            }
        }

        private static void refuseOthers(ObjectNode node, Set<String> known, String at) {
            for (String name : node.propertyNames()) {
                if (!known.contains(name)) {
                    throw refused(
                            Json.pointer(at, name.substring(0, Math.min(64, name.length()))),
                            "This keyword is not supported here, only "
                                    + sorted(known)
                                    + " and notes.");
                }
            }
        }

        /// The converter does not escape a backslash, so what JSON writes with one comes out
        /// broken.
        private static void refuseEscapes(JsonNode value, String at) {
            if (Json.write(value).indexOf('\\') >= 0) {
                throw refused(at, "A quote, backslash or control character is not supported here.");
            }
        }

        /// The converter follows every key of this name, a property's or a constant's too.
        private static void refuseReferences(JsonNode node, String at) {
            for (Map.Entry<String, JsonNode> property : node.properties()) {
                String inside = Json.pointer(at, property.getKey());
                if (property.getKey().equals("$ref")) {
                    throw refused(inside, "The name '$ref' is not supported anywhere here.");
                }
                refuseReferences(property.getValue(), inside);
            }
            for (int i = 0; node.isArray() && i < node.size(); i++) {
                refuseReferences(node.get(i), at + "/" + i);
            }
        }

        private static List<String> sorted(Set<String> names) {
            return names.stream().sorted().toList();
        }

        private static RefusedException refused(String pointer, String message) {
            return new RefusedException(Refusal.invalid("invalid_schema", pointer, message));
        }
    }
}
