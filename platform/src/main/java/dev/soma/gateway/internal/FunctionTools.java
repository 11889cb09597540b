package dev.soma.gateway.internal;

import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import java.util.List;
import java.util.regex.Pattern;

/// Tools that a model may ask for, in the form of the chat dialect, which is what providers get
/// whatever dialect offered them.
final class FunctionTools {
    static final int MAX = 128;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

    private FunctionTools() {}

    static String name(BodyReader function) {
        String name = function.text("name");
        if (NAME.matcher(name).matches()) {
            return name;
        }
        throw function.refused("name", "must be 1 to 64 of a-z, A-Z, 0-9, '_' and '-'");
    }

    /// A tool, or with only a name the choice of one.
    static JsonObject function(JsonObject function) {
        return JsonValue.object().put("type", "function").put("function", function).build();
    }

    static JsonObject choose(String name) {
        return function(JsonValue.object().put("name", name).build());
    }

    /// Adds the tools of a request, if there are any.
    static void offer(BodyReader body, ObjectBuilder parameters, List<JsonValue> tools) {
        JsonValue offered = JsonValue.array(tools);
        if (tools.size() > MAX || !CanonicalJson.JCS.canWrite(offered)) {
            throw body.refused("tools", "are too many, or have an integer beyond 2^53");
        }
        if (!tools.isEmpty()) {
            parameters.put("tools", offered);
        }
    }
}
