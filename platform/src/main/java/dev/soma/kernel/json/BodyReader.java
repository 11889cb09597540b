package dev.soma.kernel.json;

import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/// Reads the members of a request body and refuses what it does not know, each refusal with its
/// JSON Pointer. A
/// member that is `null` counts as absent. Not thread-safe.
public final class BodyReader {
    private final JsonObject body;
    private final String pointer;
    private final Set<String> known = new HashSet<>();

    public BodyReader(JsonObject body, String pointer) {
        this.body = body;
        this.pointer = pointer;
    }

    /// Parses a request body that has to be an object.
    public static BodyReader of(byte[] bytes) {
        try {
            return new BodyReader(StrictJson.parseObject(bytes), "");
        } catch (MalformedJson e) {
            throw new ProblemException(
                    Problem.of(
                            ProblemKind.INVALID_REQUEST,
                            "The body cannot be read: " + e.getMessage()));
        }
    }

    public Optional<JsonValue> value(String name) {
        known.add(name);
        return body.get(name).filter(value -> !(value instanceof JsonNull));
    }

    public String text(String name) {
        return optionalText(name).orElseThrow(() -> refused(name, "is needed"));
    }

    public Optional<String> optionalText(String name) {
        return value(name)
                .map(
                        value -> {
                            if (value instanceof JsonString(String text)) {
                                return text;
                            }
                            throw refused(name, "must be a string");
                        });
    }

    public OptionalLong optionalLong(String name, long min, long max) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        if (value.get() instanceof JsonInteger(var number) && number.bitLength() < 64) {
            long whole = number.longValueExact();
            if (whole >= min && whole <= max) {
                return OptionalLong.of(whole);
            }
        }
        throw refused(name, "must be a whole number from %d to %d".formatted(min, max));
    }

    public OptionalDouble optionalNumber(String name, double min, double max) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        double number =
                switch (value.get()) {
                    case JsonInteger(var whole) -> whole.doubleValue();
                    case JsonFloat(double fraction) -> fraction;
                    case JsonNull _, JsonBoolean _, JsonString _, JsonArray _, JsonObject _ ->
                            Double.NaN;
                };
        if (!(number >= min && number <= max)) {
            throw refused(name, "must be a number from %s to %s".formatted(min, max));
        }
        return OptionalDouble.of(number);
    }

    public Optional<Boolean> optionalBoolean(String name) {
        return value(name)
                .map(
                        value -> {
                            if (value instanceof JsonBoolean(boolean truth)) {
                                return truth;
                            }
                            throw refused(name, "must be true or false");
                        });
    }

    /// A member that is the lower-case name of one of an enum's values.
    public <E extends Enum<E>> Optional<E> optionalChoice(String name, Class<E> type) {
        return optionalText(name).map(text -> choice(name, type, text));
    }

    private <E extends Enum<E>> E choice(String name, Class<E> type, String text) {
        List<String> names = new ArrayList<>();
        for (E value : type.getEnumConstants()) {
            String known = value.name().toLowerCase(Locale.ROOT);
            if (known.equals(text)) {
                return value;
            }
            names.add(known);
        }
        throw refused(name, "must be one of " + String.join(", ", names));
    }

    public List<String> texts(String name) {
        return items(name).stream()
                .map(
                        item -> {
                            if (item instanceof JsonString(String text)) {
                                return text;
                            }
                            throw refused(name, "must hold strings only");
                        })
                .toList();
    }

    public List<JsonValue> items(String name) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            return List.of();
        }
        if (value.get() instanceof JsonArray(List<JsonValue> items)) {
            return items;
        }
        throw refused(name, "must be an array");
    }

    /// A reader of a member that has to be an object.
    public Optional<BodyReader> optionalObject(String name) {
        return value(name).map(value -> nested(value, name));
    }

    /// Readers of an array of objects.
    public List<BodyReader> objects(String name) {
        List<JsonValue> items = items(name);
        List<BodyReader> readers = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            readers.add(nested(items.get(i), name + "/" + i));
        }
        return readers;
    }

    private BodyReader nested(JsonValue value, String name) {
        if (value instanceof JsonObject object) {
            return new BodyReader(object, pointer + "/" + name);
        }
        throw refused(name, "must be an object");
    }

    /// Refuses the first member that nothing asked for.
    public void finish() {
        for (String name : body.members().keySet()) {
            if (!known.contains(name)) {
                throw refused(name.replace("~", "~0").replace("/", "~1"), "is not supported here");
            }
        }
    }

    /// The refusal of one member.
    public ProblemException refused(String name, String why) {
        String at = pointer + "/" + name;
        return new ProblemException(Problem.at(at, "'%s' %s.".formatted(at, why)));
    }
}
