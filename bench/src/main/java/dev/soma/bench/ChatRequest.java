package dev.soma.bench;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the provider needs of the body of a chat completion.
///
/// @param promptWords words of all messages
/// @param assistantPrefix text of an assistant message at the end, which the answer continues;
/// empty without one
record ChatRequest(
        String model,
        boolean stream,
        boolean includeUsage,
        long promptWords,
        String assistantPrefix) {
    /// Null when the body is not a JSON object with a model and messages.
    static @Nullable ChatRequest read(JsonMapper json, byte[] body) {
        JsonNode root;
        try {
            root = json.readTree(body);
        } catch (JacksonException e) {
            return null;
        }
        JsonNode messages = root.path("messages");
        if (!root.path("model").isString() || !messages.isArray() || messages.isEmpty()) {
            return null;
        }
        long words = 0;
        String last = "";
        for (JsonNode message : messages) {
            String text = text(message.path("content"));
            words += Words.count(text);
            last = message.path("role").asString("").equals("assistant") ? text : "";
        }
        boolean usage = root.path("stream_options").path("include_usage").asBoolean(false);
        boolean stream = root.path("stream").asBoolean(false);
        return new ChatRequest(root.path("model").asString(), stream, usage, words, last);
    }

    private static String text(JsonNode content) {
        if (content.isString()) {
            return content.asString();
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            text.append(part.path("text").asString("")).append(' ');
        }
        return text.toString();
    }
}
