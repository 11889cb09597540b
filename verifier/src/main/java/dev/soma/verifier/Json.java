package dev.soma.verifier;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// JSON values as this log knows them: numbers are integers.
sealed interface Json {
    /// RFC 8785 writes numbers as IEEE doubles do; beyond this an integer has no single spelling.
    long MAX_INTEGER = (1L << 53) - 1;

    /// Keys in the order of their UTF-16 units, which is both `String.compareTo` and RFC 8785.
    record Members(Map<String, Json> values) implements Json {
        Optional<String> text(String key) {
            return values.get(key) instanceof Text(String value)
                    ? Optional.of(value)
                    : Optional.empty();
        }

        OptionalLong integer(String key) {
            return values.get(key) instanceof Whole(long value)
                    ? OptionalLong.of(value)
                    : OptionalLong.empty();
        }
    }

    record Items(List<Json> values) implements Json {}

    record Text(String value) implements Json {}

    record Whole(long value) implements Json {}

    record Truth(boolean value) implements Json {}

    record Nothing() implements Json {}

    static Members members() {
        return new Members(new TreeMap<>());
    }

    /// The RFC 8785 form.
    default String write() {
        return switch (this) {
            case Members(Map<String, Json> values) ->
                    values.entrySet().stream()
                            .map(member -> quote(member.getKey()) + ":" + member.getValue().write())
                            .collect(Collectors.joining(",", "{", "}"));
            case Items(List<Json> values) ->
                    values.stream().map(Json::write).collect(Collectors.joining(",", "[", "]"));
            case Text(String value) -> quote(value);
            case Whole(long value) -> Long.toString(value);
            case Truth(boolean value) -> Boolean.toString(value);
            case Nothing() -> "null";
        };
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default ->
                        quoted.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
            }
        }
        return quoted.append('"').toString();
    }
}
