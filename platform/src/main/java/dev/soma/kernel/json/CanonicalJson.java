package dev.soma.kernel.json;

import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// The two canonical forms that the product hashes and signs. They differ in member order, string
/// escapes and
/// number layout, so a hash names the form it was made over.
public enum CanonicalJson {
    /// RFC 8785: names ordered by UTF-16 unit, minimal escapes, ECMAScript numbers.
    JCS(Comparator.naturalOrder()) {
        @Override
        void writeInteger(StringBuilder out, JsonInteger value) {
            // A double is all that RFC 8785 knows; integers beyond 2^53 would change, so they are
            // refused.
            if (!canWrite(value)) {
                throw new IllegalArgumentException("an integer beyond 2^53 has no JCS form");
            }
            out.append(value.value());
        }

        @Override
        String layout(double value) {
            return Decimals.ecmaScript(value);
        }

        @Override
        boolean escaped(char c) {
            return c < 0x20;
        }
    },

    /// CPython's `json.dumps(sort_keys=True, separators=(",", ":"))`: names ordered by code point,
    /// ASCII only,
    /// integers of any size, floats in their repr.
    PYTHON(CanonicalJson::compareCodePoints) {
        @Override
        void writeInteger(StringBuilder out, JsonInteger value) {
            out.append(value.value());
        }

        @Override
        String layout(double value) {
            return Decimals.python(value);
        }

        @Override
        boolean escaped(char c) {
            return c < 0x20 || c > 0x7e;
        }
    };

    @SuppressWarnings("ImmutableEnumChecker") // comparators here hold no state
    private final Comparator<String> order;

    CanonicalJson(Comparator<String> order) {
        this.order = order;
    }

    /// True when the value has a form here; only [#JCS] lacks one, for integers beyond 2^53. What
    /// comes from outside is asked first.
    public boolean canWrite(JsonValue value) {
        return switch (value) {
            case JsonInteger(var number) -> this != JCS || number.bitLength() <= 53;
            case JsonObject object -> object.members().values().stream().allMatch(this::canWrite);
            case JsonArray(List<JsonValue> items) -> items.stream().allMatch(this::canWrite);
            default -> true;
        };
    }

    abstract void writeInteger(StringBuilder out, JsonInteger value);

    abstract String layout(double value);

    abstract boolean escaped(char c);

    /// The canonical bytes of a value, in UTF-8.
    public byte[] bytes(JsonValue value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }

    public String text(JsonValue value) {
        StringBuilder out = new StringBuilder(256);
        write(out, value);
        return out.toString();
    }

    private void write(StringBuilder out, JsonValue value) {
        switch (value) {
            case JsonNull() -> out.append("null");
            case JsonBoolean(boolean truth) -> out.append(truth);
            case JsonString(String text) -> writeString(out, text);
            case JsonInteger integer -> writeInteger(out, integer);
            case JsonFloat(double number) -> out.append(layout(number));
            case JsonArray(List<JsonValue> items) -> writeArray(out, items);
            case JsonObject(Map<String, JsonValue> members) -> writeObject(out, members);
        }
    }

    private void writeArray(StringBuilder out, List<JsonValue> items) {
        out.append('[');
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            write(out, items.get(i));
        }
        out.append(']');
    }

    private void writeObject(StringBuilder out, Map<String, JsonValue> members) {
        List<String> names = members.keySet().stream().sorted(order).toList();
        out.append('{');
        String separator = "";
        for (String name : names) {
            out.append(separator);
            separator = ",";
            writeString(out, name);
            out.append(':');
            JsonValue value = members.get(name);
            if (value != null) {
                write(out, value);
            }
        }
        out.append('}');
    }

    private void writeString(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (escaped(c)) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static int compareCodePoints(String left, String right) {
        int i = 0;
        while (i < left.length() && i < right.length()) {
            int a = left.codePointAt(i);
            int b = right.codePointAt(i);
            if (a != b) {
                return Integer.compare(a, b);
            }
            i += Character.charCount(a);
        }
        return Integer.compare(left.length(), right.length());
    }
}
