package dev.soma.events.internal;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The published JSON Schema of each event's data, from `contracts/events`. Thread-safe.
class EventSchemas {
    private final SchemaRegistry registry =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final ConcurrentHashMap<String, Schema> schemas = new ConcurrentHashMap<>();

    void require(String type, JsonObject data) {
        List<Error> errors = schemas.computeIfAbsent(type, this::load).validate(tree(data));
        if (!errors.isEmpty()) {
            throw new IllegalArgumentException(
                    "event %s breaks its schema: %s".formatted(type, errors));
        }
    }

    private static JsonNode tree(JsonValue value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (value) {
            case JsonNull() -> nodes.nullNode();
            case JsonBoolean(boolean truth) -> nodes.booleanNode(truth);
            case JsonString(String text) -> nodes.stringNode(text);
            case JsonInteger(var number) -> nodes.numberNode(number);
            case JsonFloat(double number) -> nodes.numberNode(number);
            case JsonArray(List<JsonValue> items) -> {
                ArrayNode array = nodes.arrayNode(items.size());
                items.forEach(item -> array.add(tree(item)));
                yield array;
            }
            case JsonObject(Map<String, JsonValue> members) -> {
                ObjectNode object = nodes.objectNode();
                members.forEach((name, member) -> object.set(name, tree(member)));
                yield object;
            }
        };
    }

    private Schema load(String type) {
        String resource = "/contracts/events/%s.schema.json".formatted(type);
        try (InputStream in = EventSchemas.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "event type %s has no published schema".formatted(type));
            }
            return registry.getSchema(
                    new String(in.readAllBytes(), StandardCharsets.UTF_8), InputFormat.JSON);
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + resource, e);
        }
    }
}
