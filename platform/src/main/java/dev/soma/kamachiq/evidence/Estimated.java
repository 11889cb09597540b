package dev.soma.kamachiq.evidence;

import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the tasks of a project were expected to cost, as the entries of its record tell it.
public final class Estimated {
    private Estimated() {}

    /// Tokens by task; of a project that began again, what was expected last.
    public static Map<String, Long> tokens(List<JsonObject> entries) {
        Map<String, Long> tokens = new TreeMap<>();
        for (JsonObject entry : entries) {
            entry.text("estimate_tokens")
                    .ifPresent(
                            told -> tokens.put(entry.text("task").orElse(""), Long.valueOf(told)));
        }
        return tokens;
    }
}
