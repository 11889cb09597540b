package dev.soma.kernel.json;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A JSON value whose integers are exact and whose floats stay distinct from integers. Immutable.
public sealed interface JsonValue {

    record JsonNull() implements JsonValue {}

    record JsonBoolean(boolean value) implements JsonValue {}

    record JsonString(String value) implements JsonValue {}

    /// A number written without fraction or exponent.
    record JsonInteger(BigInteger value) implements JsonValue {}

    /// A number written with a fraction or an exponent; always finite.
    record JsonFloat(double value) implements JsonValue {
        public JsonFloat {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("a JSON number is finite");
            }
        }
    }

    record JsonArray(List<JsonValue> items) implements JsonValue {
        public JsonArray {
            items = List.copyOf(items);
        }
    }

    /// Members in the order of the document.
    record JsonObject(Map<String, JsonValue> members) implements JsonValue {
        public JsonObject {
            members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        }

        public Optional<JsonValue> get(String name) {
            return Optional.ofNullable(members.get(name));
        }

        public Optional<String> text(String name) {
            return members.get(name) instanceof JsonString(String value)
                    ? Optional.of(value)
                    : Optional.empty();
        }

        public Optional<JsonObject> object(String name) {
            return members.get(name) instanceof JsonObject object
                    ? Optional.of(object)
                    : Optional.empty();
        }

        public List<JsonValue> items(String name) {
            return members.get(name) instanceof JsonArray(List<JsonValue> items)
                    ? items
                    : List.of();
        }

        /// The objects of an array member; values of other types are left out.
        public List<JsonObject> objects(String name) {
            List<JsonObject> objects = new ArrayList<>();
            for (JsonValue item : items(name)) {
                if (item instanceof JsonObject object) {
                    objects.add(object);
                }
            }
            return objects;
        }

        /// Empty for what is no integer, or one beyond 64 bits.
        public OptionalLong integer(String name) {
            return members.get(name) instanceof JsonInteger(BigInteger value)
                            && value.bitLength() < Long.SIZE
                    ? OptionalLong.of(value.longValue())
                    : OptionalLong.empty();
        }

        /// The strings of an array member; values of other types are left out.
        public List<String> texts(String name) {
            List<String> texts = new ArrayList<>();
            for (JsonValue item : items(name)) {
                if (item instanceof JsonString(String value)) {
                    texts.add(value);
                }
            }
            return texts;
        }
    }

    static JsonValue of(String value) {
        return new JsonString(value);
    }

    static JsonValue of(long value) {
        return new JsonInteger(BigInteger.valueOf(value));
    }

    static JsonValue of(boolean value) {
        return new JsonBoolean(value);
    }

    static JsonValue array(List<? extends JsonValue> items) {
        return new JsonArray(List.copyOf(items));
    }

    static JsonValue texts(List<String> values) {
        return new JsonArray(values.stream().map(JsonValue::of).toList());
    }

    static ObjectBuilder object() {
        return new ObjectBuilder();
    }

    /// Collects members; a later value of the same name replaces the earlier one. Not thread-safe.
    final class ObjectBuilder {
        private final Map<String, JsonValue> members = new LinkedHashMap<>();

        private ObjectBuilder() {}

        public ObjectBuilder put(String name, JsonValue value) {
            members.put(name, value);
            return this;
        }

        public ObjectBuilder put(String name, String value) {
            return put(name, of(value));
        }

        public ObjectBuilder put(String name, long value) {
            return put(name, of(value));
        }

        public JsonObject build() {
            return new JsonObject(members);
        }
    }
}
