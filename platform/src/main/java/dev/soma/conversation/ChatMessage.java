package dev.soma.conversation;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One message of a conversation, as models know them.
///
/// @param role `system`, `user`, `assistant` or `tool`
/// @param text may be empty where the assistant only calls tools
/// @param calls of tools, by the assistant
/// @param answers id of the call that a message of role `tool` answers
public record ChatMessage(
        String role, String text, List<ToolCall> calls, Optional<String> answers) {
    public ChatMessage {
        calls = List.copyOf(calls);
    }

    /// A message of text alone.
    public ChatMessage(String role, String text) {
        this(role, text, List.of(), Optional.empty());
    }

    /// @param arguments as JSON text
    public record ToolCall(String id, String name, String arguments) {
        JsonObject document() {
            return JsonValue.object()
                    .put("id", id)
                    .put("type", "function")
                    .put(
                            "function",
                            JsonValue.object()
                                    .put("name", name)
                                    .put("arguments", arguments)
                                    .build())
                    .build();
        }
    }

    /// The form in which OpenAI's dialect has it; the journal and providers use it.
    public JsonObject document() {
        ObjectBuilder document = JsonValue.object().put("role", role);
        document.put(
                "content",
                text.isEmpty() && !calls.isEmpty() ? new JsonValue.JsonNull() : JsonValue.of(text));
        if (!calls.isEmpty()) {
            document.put(
                    "tool_calls", JsonValue.array(calls.stream().map(ToolCall::document).toList()));
        }
        answers.ifPresent(id -> document.put("tool_call_id", id));
        return document.build();
    }

    /// Reads what [#document] wrote.
    public static ChatMessage of(JsonObject document) {
        List<ToolCall> calls = new ArrayList<>();
        for (JsonValue item : document.items("tool_calls")) {
            if (item instanceof JsonObject call) {
                JsonObject function = call.object("function").orElseThrow();
                calls.add(
                        new ToolCall(
                                call.text("id").orElseThrow(),
                                function.text("name").orElseThrow(),
                                function.text("arguments").orElseThrow()));
            }
        }
        return new ChatMessage(
                document.text("role").orElseThrow(),
                document.text("content").orElse(""),
                calls,
                document.text("tool_call_id"));
    }
}
