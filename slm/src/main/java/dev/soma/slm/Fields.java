package dev.soma.slm;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Typed, bounded reading of one JSON object; every refusal names the field.
record Fields(ObjectNode object, String pointer) {

    /// Refuses the first field that is not in `known`.
    void refuseOthers(Set<String> known) {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw refused(
                        "unsupported_parameter",
                        name,
                        "The field '%s' is not supported here.".formatted(shortened(name)));
            }
        }
    }

    /// Accepts a field only with the value that leaves it without effect.
    void refuseUnless(String name, JsonNode neutral) {
        @Nullable JsonNode value = value(name);
        if (value != null && !value.equals(neutral)) {
            throw refused(
                    "unsupported_parameter",
                    name,
                    "The field '%s' is supported only as %s.".formatted(name, Json.write(neutral)));
        }
    }

    Optional<String> text(String name, int maxChars) {
        @Nullable JsonNode value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isString()) {
            throw wrongType(name, "a string");
        }
        if (value.stringValue().length() > maxChars) {
            throw refused(
                    "invalid_value",
                    name,
                    "'%s' must have at most %d characters.".formatted(name, maxChars));
        }
        return Optional.of(value.stringValue());
    }

    Optional<Boolean> bool(String name) {
        @Nullable JsonNode value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isBoolean()) {
            throw wrongType(name, "true or false");
        }
        return Optional.of(value.booleanValue());
    }

    Optional<Long> integer(String name, long least, long most) {
        @Nullable JsonNode value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrongType(name, "a whole number");
        }
        long number = value.longValue();
        if (number < least || number > most) {
            throw refused(
                    "invalid_value",
                    name,
                    "'%s' must be from %d to %d.".formatted(name, least, most));
        }
        return Optional.of(number);
    }

    Optional<Double> number(String name, double least, double most) {
        @Nullable JsonNode value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isNumber()) {
            throw wrongType(name, "a number");
        }
        double number = value.doubleValue();
        if (!(number >= least && number <= most)) {
            throw refused(
                    "invalid_value",
                    name,
                    "'%s' must be from %s to %s.".formatted(name, least, most));
        }
        return Optional.of(number);
    }

    Optional<Fields> object(String name) {
        @Nullable JsonNode value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof ObjectNode inner)) {
            throw wrongType(name, "an object");
        }
        return Optional.of(new Fields(inner, Json.pointer(pointer, name)));
    }

    /// The value, or null when the field is absent or JSON null.
    @Nullable JsonNode value(String name) {
        @Nullable JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /// How a refusal names a field: by name at the top, by JSON Pointer below.
    String param(String name) {
        return pointer.isEmpty() ? shortened(name) : Json.pointer(pointer, shortened(name));
    }

    RefusedException refused(String code, String name, String message) {
        return new RefusedException(Refusal.invalid(code, param(name), message));
    }

    RefusedException missing(String name) {
        return refused(
                "missing_required_parameter", name, "The field '%s' is required.".formatted(name));
    }

    RefusedException wrongType(String name, String wanted) {
        return refused("invalid_type", name, "'%s' must be %s.".formatted(name, wanted));
    }

    private static String shortened(String name) {
        return name.length() <= 64 ? name : name.substring(0, 64) + "...";
    }
}
