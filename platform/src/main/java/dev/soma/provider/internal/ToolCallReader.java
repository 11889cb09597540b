package dev.soma.provider.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Puts calls of tools together from the pieces that a provider sends. Nothing of them is believed
/// before the end: then each has to call a tool that was offered, with arguments that are a JSON
/// object. Not thread-safe.
final class ToolCallReader {
    private static final int MAX_CALLS = 128;
    private static final int MAX_CHARACTERS = 262_144;

    private final TreeMap<Integer, Call> calls = new TreeMap<>();
    private int characters;
    private boolean wrong;

    private static final class Call {
        private String id = "";
        private String name = "";
        private final StringBuilder arguments = new StringBuilder();
    }

    /// Takes a whole call.
    interface Calls {
        void tool(String id, String name, String arguments);
    }

    /// Reads an array of pieces, or of whole calls, that begins here.
    void read(JsonParser parser) {
        int position = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                readOne(parser, position++);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void readOne(JsonParser parser, int position) {
        int index = position;
        String id = "";
        Call piece = new Call();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("index") && value == JsonToken.VALUE_NUMBER_INT) {
                index = parser.getBigIntegerValue().bitLength() < 31 ? parser.getIntValue() : -1;
            } else if (name.equals("id") && value == JsonToken.VALUE_STRING) {
                id = parser.getString();
            } else if (name.equals("function") && value == JsonToken.START_OBJECT) {
                function(parser, piece);
            } else {
                parser.skipChildren();
            }
        }
        add(index, id, piece);
    }

    private static void function(JsonParser parser, Call piece) {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("name") && value == JsonToken.VALUE_STRING) {
                piece.name = parser.getString();
            } else if (name.equals("arguments") && value == JsonToken.VALUE_STRING) {
                piece.arguments.append(parser.getString());
            } else {
                parser.skipChildren();
            }
        }
    }

    /// Takes a piece of a call; what it does not say is empty.
    void add(int index, String id, String name, String arguments) {
        Call piece = new Call();
        piece.name = name;
        piece.arguments.append(arguments);
        add(index, id, piece);
    }

    private void add(int index, String id, Call piece) {
        characters += id.length() + piece.name.length() + piece.arguments.length();
        if (index < 0 || index >= MAX_CALLS || characters > MAX_CHARACTERS) {
            wrong = true;
            return;
        }
        Call call = calls.computeIfAbsent(index, first -> new Call());
        call.id = id.isEmpty() ? call.id : id;
        call.name = piece.name.isEmpty() ? call.name : piece.name;
        call.arguments.append(piece.arguments);
    }

    /// Tells every call, in order.
    ///
    /// @param request what the provider was asked
    /// @return false when one is not what it should be; none is told then
    boolean tell(JsonObject request, Calls listener) {
        Set<String> offered = offered(request);
        if (wrong || calls.values().stream().anyMatch(call -> !isSound(call, offered))) {
            return false;
        }
        calls.forEach(
                (index, call) ->
                        listener.tool(
                                call.id.isEmpty() ? "call_" + index : call.id,
                                call.name,
                                arguments(call)));
        return true;
    }

    private static Set<String> offered(JsonObject request) {
        Set<String> names = new HashSet<>();
        for (JsonValue item : request.items("tools")) {
            if (item instanceof JsonObject tool) {
                tool.object("function")
                        .flatMap(function -> function.text("name"))
                        .ifPresent(names::add);
            }
        }
        return names;
    }

    private static boolean isSound(Call call, Set<String> offered) {
        return call.id.length() <= 256
                && offered.contains(call.name)
                && object(arguments(call)).isPresent();
    }

    /// Some models say nothing where they mean no arguments.
    private static String arguments(Call call) {
        return call.arguments.isEmpty() ? "{}" : call.arguments.toString();
    }

    private static Optional<JsonObject> object(String text) {
        try {
            return Optional.of(StrictJson.parseObject(text.getBytes(StandardCharsets.UTF_8)));
        } catch (MalformedJson e) {
            return Optional.empty();
        }
    }
}
