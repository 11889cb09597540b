package dev.soma.conversation.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;

/// The names and strings of a JSON document as they read, so that no escape hides a letter.
final class JsonStrings {
    private JsonStrings() {}

    /// One in a line.
    static String of(String json) {
        StringBuilder text = new StringBuilder(json.length());
        try {
            collect(StrictJson.parse(json.getBytes(StandardCharsets.UTF_8)), text);
        } catch (MalformedJson e) {
            throw new IllegalStateException("only JSON comes here", e);
        }
        return text.toString();
    }

    private static void collect(JsonValue value, StringBuilder text) {
        switch (value) {
            case JsonString(String string) -> text.append(string).append('\n');
            case JsonArray array -> array.items().forEach(item -> collect(item, text));
            case JsonObject object ->
                    object.members()
                            .forEach(
                                    (name, member) -> {
                                        text.append(name).append('\n');
                                        collect(member, text);
                                    });
            case JsonNull _, JsonBoolean _, JsonInteger _, JsonFloat _ -> {}
        }
    }
}
