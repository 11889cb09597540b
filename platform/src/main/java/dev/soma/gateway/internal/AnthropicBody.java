package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Turns.Delivery;
import dev.soma.conversation.Turns.OnDisconnect;
import dev.soma.conversation.Turns.Past;
import dev.soma.conversation.Turns.Task;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A request of `POST /v1/messages`, Anthropic's dialect. What is not supported is refused by name.
final class AnthropicBody {
    private AnthropicBody() {}

    static TurnRequest read(BodyReader body) {
        String model = body.text("model");
        OptionalLong maxTokens = body.optionalLong("max_tokens", 1, OpenAiChat.MAX_ANSWER_TOKENS);
        if (maxTokens.isEmpty()) {
            throw body.refused("max_tokens", "is needed");
        }
        boolean stream = body.optionalBoolean("stream").orElse(false);
        Optional<String> system = system(body);
        List<ChatMessage> messages = messages(body);
        ObjectBuilder parameters = JsonValue.object();
        OpenAiChat.number(body, parameters, "temperature", 0, 1);
        OpenAiChat.number(body, parameters, "top_p", 0, 1);
        List<String> stop = body.texts("stop_sequences");
        if (!stop.isEmpty()) {
            if (stop.size() > 4 || stop.stream().anyMatch(text -> text.length() > 256)) {
                throw body.refused("stop_sequences", "may hold four, of at most 256 characters");
            }
            parameters.put("stop", JsonValue.texts(stop));
        }
        tools(body, parameters);
        body.optionalObject("metadata");
        body.optionalText("service_tier");
        body.finish();
        return new TurnRequest(
                new Past(Optional.empty(), Optional.empty(), system),
                model,
                messages,
                maxTokens,
                Task.chat(parameters.build()),
                new Delivery(stream, Optional.empty(), OnDisconnect.DRAIN, Optional.empty()),
                Optional.empty());
    }

    private static Optional<String> system(BodyReader body) {
        return body.value("system")
                .map(
                        value ->
                                value instanceof JsonString(String text)
                                        ? text
                                        : texts(body, "system"));
    }

    private static String texts(BodyReader holder, String name) {
        StringBuilder text = new StringBuilder();
        for (BodyReader block : holder.objects(name)) {
            if (!block.text("type").equals("text")) {
                throw block.refused("type", "must be text");
            }
            text.append(block.text("text"));
            hints(block);
            block.finish();
        }
        return text.toString();
    }

    /// Hints for caches and the marks of citations, which change no answer.
    private static void hints(BodyReader block) {
        block.optionalObject("cache_control");
        block.value("citations");
    }

    private static List<ChatMessage> messages(BodyReader body) {
        List<BodyReader> items = body.objects("messages");
        if (items.isEmpty() || items.size() > OpenAiChat.MAX_MESSAGES) {
            throw body.refused(
                    "messages", "must hold 1 to %d messages".formatted(OpenAiChat.MAX_MESSAGES));
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (BodyReader item : items) {
            String role = item.text("role");
            if (!role.equals("user") && !role.equals("assistant")) {
                throw item.refused("role", "must be user or assistant");
            }
            JsonValue content =
                    item.value("content").orElseThrow(() -> item.refused("content", "is needed"));
            if (content instanceof JsonString(String text)) {
                messages.add(new ChatMessage(role, text));
            } else {
                blocks(item, role, messages);
            }
            item.finish();
        }
        return messages;
    }

    /// Results of tools are messages of their own, before the text that comes with them.
    private static void blocks(BodyReader item, String role, List<ChatMessage> messages) {
        StringBuilder text = new StringBuilder();
        List<ToolCall> calls = new ArrayList<>();
        boolean results = false;
        for (BodyReader block : item.objects("content")) {
            switch (block.text("type")) {
                case "text" -> text.append(block.text("text"));
                case "tool_use" -> calls.add(call(block));
                case "tool_result" -> {
                    results = true;
                    messages.add(result(block));
                }
                default -> throw block.refused("type", "must be text, tool_use or tool_result");
            }
            hints(block);
            block.finish();
        }
        if (!text.isEmpty() || !calls.isEmpty() || !results) {
            messages.add(new ChatMessage(role, text.toString(), calls, Optional.empty()));
        }
    }

    private static ToolCall call(BodyReader block) {
        JsonValue input =
                block.value("input").orElseThrow(() -> block.refused("input", "is needed"));
        if (!CanonicalJson.JCS.canWrite(input)) {
            throw block.refused("input", "has an integer beyond 2^53");
        }
        return new ToolCall(block.text("id"), block.text("name"), CanonicalJson.JCS.text(input));
    }

    private static ChatMessage result(BodyReader block) {
        block.optionalBoolean("is_error");
        JsonValue content = block.value("content").orElse(new JsonNull());
        String text =
                switch (content) {
                    case JsonString(String plain) -> plain;
                    case JsonNull _ -> "";
                    default -> texts(block, "content");
                };
        return new ChatMessage("tool", text, List.of(), Optional.of(block.text("tool_use_id")));
    }

    private static void tools(BodyReader body, ObjectBuilder parameters) {
        List<JsonValue> tools = new ArrayList<>();
        for (BodyReader tool : body.objects("tools")) {
            if (!tool.optionalText("type").orElse("custom").equals("custom")) {
                throw tool.refused("type", "must be custom");
            }
            ObjectBuilder function = JsonValue.object().put("name", FunctionTools.name(tool));
            tool.optionalText("description").ifPresent(text -> function.put("description", text));
            tool.optionalObject("input_schema");
            tool.value("input_schema").ifPresent(schema -> function.put("parameters", schema));
            hints(tool);
            tool.finish();
            tools.add(FunctionTools.function(function.build()));
        }
        Optional<BodyReader> choice = body.optionalObject("tool_choice");
        FunctionTools.offer(body, parameters, tools);
        choice.ifPresent(chosen -> choice(chosen, parameters, !tools.isEmpty()));
    }

    private static void choice(BodyReader chosen, ObjectBuilder parameters, boolean any) {
        boolean one = chosen.optionalBoolean("disable_parallel_tool_use").orElse(false);
        JsonValue choice =
                switch (chosen.text("type")) {
                    case "auto" -> JsonValue.of("auto");
                    case "any" -> JsonValue.of("required");
                    case "none" -> JsonValue.of("none");
                    case "tool" -> FunctionTools.choose(chosen.text("name"));
                    default -> throw chosen.refused("type", "must be auto, any, none or tool");
                };
        chosen.finish();
        if (any) {
            parameters.put("tool_choice", choice);
            if (one) {
                parameters.put("parallel_tool_calls", JsonValue.of(false));
            }
        }
    }
}
