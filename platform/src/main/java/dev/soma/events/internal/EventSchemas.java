package dev.soma.events.internal;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/// The published JSON Schema of each event's data, from `contracts/events`. Thread-safe.
class EventSchemas {
    private final SchemaRegistry registry =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final ConcurrentHashMap<String, Schema> schemas = new ConcurrentHashMap<>();

    void require(String type, JsonObject data) {
        List<Error> errors =
                schemas.computeIfAbsent(type, this::load)
                        .validate(CanonicalJson.JCS.text(data), InputFormat.JSON);
        if (!errors.isEmpty()) {
            throw new IllegalArgumentException(
                    "event %s breaks its schema: %s".formatted(type, errors));
        }
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
