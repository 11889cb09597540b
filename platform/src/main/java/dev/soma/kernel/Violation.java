package dev.soma.kernel;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;

/// One rule that a request broke.
///
/// @param rule name of the rule
/// @param article the article of the constitution it serves
/// @param weightMicro what it takes off the score, in millionths
/// @param start first character of the offending text in its message, or -1 when the rule is not
/// about text
/// @param end the character after the last
public record Violation(String rule, String article, long weightMicro, int start, int end) {
    public JsonObject document() {
        var document =
                JsonValue.object()
                        .put("article", article)
                        .put("rule", rule)
                        .put("weight_micro", weightMicro);
        if (start >= 0) {
            document.put("start", start).put("end", end);
        }
        return document.build();
    }
}
