package dev.soma.provider.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A request in the Messages dialect of Anthropic, made of one in the dialect of OpenAI. What the
/// dialect cannot say is not left out in silence: there is no request then.
final class AnthropicRequest {
    /// The version of the dialect, sent as `anthropic-version`.
    static final String VERSION = "2023-06-01";

    private static final Set<String> AS_THEY_ARE = Set.of("max_tokens", "temperature", "top_p");
    private static final Set<String> BUILT =
            Set.of("messages", "stop", "tools", "tool_choice", "parallel_tool_calls");

    private AnthropicRequest() {}

    /// @return empty when the request asks for something that the dialect does not have
    static Optional<JsonObject> of(JsonObject request, String model, boolean stream) {
        ObjectBuilder built = JsonValue.object().put("model", model);
        for (var member : request.members().entrySet()) {
            if (AS_THEY_ARE.contains(member.getKey())) {
                built.put(member.getKey(), member.getValue());
            } else if (!BUILT.contains(member.getKey())) {
                return Optional.empty();
            }
        }
        try {
            messages(built, request.items("messages"));
        } catch (MalformedJson e) {
            return Optional.empty();
        }
        request.get("stop")
                .ifPresent(
                        stop ->
                                built.put(
                                        "stop_sequences",
                                        stop instanceof JsonString(String one)
                                                ? JsonValue.texts(List.of(one))
                                                : stop));
        tools(built, request);
        return Optional.of(built.put("stream", JsonValue.of(stream)).build());
    }

    private static void messages(ObjectBuilder built, List<JsonValue> messages)
            throws MalformedJson {
        StringBuilder system = new StringBuilder();
        List<JsonObject> turns = new ArrayList<>();
        List<JsonObject> results = new ArrayList<>();
        for (JsonValue item : messages) {
            if (!(item instanceof JsonObject message)) {
                continue;
            }
            String role = message.text("role").orElse("");
            if (role.equals("tool")) {
                results.add(result(message));
                continue;
            }
            flush(turns, results);
            switch (role) {
                case "system" ->
                        system.append(system.isEmpty() ? "" : "\n\n").append(said(message));
                case "assistant" -> turns.add(turn("assistant", blocks(message)));
                default -> turns.add(turn("user", JsonValue.of(said(message))));
            }
        }
        flush(turns, results);
        if (!system.isEmpty()) {
            built.put("system", system.toString());
        }
        built.put("messages", JsonValue.array(turns));
    }

    /// Results that follow each other belong into one message.
    private static void flush(List<JsonObject> turns, List<JsonObject> results) {
        if (!results.isEmpty()) {
            turns.add(turn("user", JsonValue.array(List.copyOf(results))));
            results.clear();
        }
    }

    private static JsonObject turn(String role, JsonValue content) {
        return JsonValue.object().put("role", role).put("content", content).build();
    }

    private static String said(JsonObject message) {
        return message.text("content").orElse("");
    }

    private static JsonObject result(JsonObject message) {
        return JsonValue.object()
                .put("type", "tool_result")
                .put("tool_use_id", message.text("tool_call_id").orElse(""))
                .put("content", said(message))
                .build();
    }

    private static JsonValue blocks(JsonObject message) throws MalformedJson {
        List<JsonValue> calls = message.items("tool_calls");
        if (calls.isEmpty()) {
            return JsonValue.of(said(message));
        }
        List<JsonObject> blocks = new ArrayList<>();
        if (!said(message).isEmpty()) {
            blocks.add(JsonValue.object().put("type", "text").put("text", said(message)).build());
        }
        for (JsonValue item : calls) {
            if (item instanceof JsonObject call) {
                JsonObject function = call.object("function").orElse(JsonValue.object().build());
                String arguments = function.text("arguments").orElse("{}");
                blocks.add(
                        JsonValue.object()
                                .put("type", "tool_use")
                                .put("id", call.text("id").orElse(""))
                                .put("name", function.text("name").orElse(""))
                                .put(
                                        "input",
                                        StrictJson.parseObject(
                                                arguments.getBytes(StandardCharsets.UTF_8)))
                                .build());
            }
        }
        return JsonValue.array(blocks);
    }

    private static void tools(ObjectBuilder built, JsonObject request) {
        List<JsonObject> tools = new ArrayList<>();
        for (JsonValue item : request.items("tools")) {
            if (item instanceof JsonObject tool) {
                tool.object("function").ifPresent(function -> tools.add(tool(function)));
            }
        }
        if (tools.isEmpty()) {
            return;
        }
        built.put("tools", JsonValue.array(tools));
        ObjectBuilder choice = choice(request.get("tool_choice").orElse(JsonValue.of("auto")));
        if (request.get("parallel_tool_calls").orElse(null) instanceof JsonBoolean(boolean many)
                && !many) {
            choice.put("disable_parallel_tool_use", JsonValue.of(true));
        }
        built.put("tool_choice", choice.build());
    }

    private static JsonObject tool(JsonObject function) {
        ObjectBuilder tool = JsonValue.object().put("name", function.text("name").orElse(""));
        function.text("description").ifPresent(text -> tool.put("description", text));
        return tool.put(
                        "input_schema",
                        function.get("parameters")
                                .orElseGet(() -> JsonValue.object().put("type", "object").build()))
                .build();
    }

    private static ObjectBuilder choice(JsonValue asked) {
        return switch (asked) {
            case JsonString(String word) when word.equals("required") ->
                    JsonValue.object().put("type", "any");
            case JsonString(String word) when word.equals("none") ->
                    JsonValue.object().put("type", "none");
            case JsonObject object ->
                    JsonValue.object()
                            .put("type", "tool")
                            .put(
                                    "name",
                                    object.object("function")
                                            .flatMap(function -> function.text("name"))
                                            .orElse(""));
            default -> JsonValue.object().put("type", "auto");
        };
    }
}
