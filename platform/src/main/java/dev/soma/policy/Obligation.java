package dev.soma.policy;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;

/// What has to be done with a request that is allowed, or before it is.
public sealed interface Obligation {
    /// The rule that asks for it.
    String rule();

    JsonObject document();

    /// The text must not go on.
    ///
    /// @param message index of the message, from 0
    /// @param start first character in UTF-16 units
    /// @param end the character after the last
    record Redact(String rule, int message, int start, int end) implements Obligation {
        @Override
        public JsonObject document() {
            return JsonValue.object()
                    .put("type", "redact")
                    .put("rule", rule)
                    .put("message", message)
                    .put("start", start)
                    .put("end", end)
                    .build();
        }
    }

    /// The answer must not be longer.
    record Limit(String rule, long maxTokens) implements Obligation {
        @Override
        public JsonObject document() {
            return JsonValue.object()
                    .put("type", "limit")
                    .put("rule", rule)
                    .put("max_tokens", maxTokens)
                    .build();
        }
    }

    /// A person has to approve first.
    record RequireHumanApproval(String rule) implements Obligation {
        @Override
        public JsonObject document() {
            return JsonValue.object()
                    .put("type", "require_human_approval")
                    .put("rule", rule)
                    .build();
        }
    }
}
