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
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// A request of `POST /v1/chat/completions`. What is not supported is refused by name, never
/// dropped in silence.
record OpenAiChat(TurnRequest turn, boolean includeUsage) {
    static final int MAX_MESSAGES = 512;
    static final int MAX_ANSWER_TOKENS = 131_072;
    /// What a provider written in JavaScript reads exactly.
    private static final long MAX_SEED = (1L << 53) - 1;

    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "tool");

    static OpenAiChat read(BodyReader body) {
        String model = body.text("model");
        List<ChatMessage> messages = messages(body);
        OptionalLong maxTokens = body.optionalLong("max_completion_tokens", 1, MAX_ANSWER_TOKENS);
        OptionalLong older = body.optionalLong("max_tokens", 1, MAX_ANSWER_TOKENS);
        boolean stream = body.optionalBoolean("stream").orElse(false);
        boolean includeUsage =
                body.optionalObject("stream_options")
                        .map(
                                options -> {
                                    boolean wanted =
                                            options.optionalBoolean("include_usage").orElse(false);
                                    options.finish();
                                    return wanted;
                                })
                        .orElse(false);
        JsonObject parameters = parameters(body);
        body.optionalLong("n", 1, 1);
        body.optionalText("user");
        body.optionalObject("metadata");
        body.optionalBoolean("store")
                .filter(store -> store)
                .ifPresent(
                        store -> {
                            throw body.refused("store", "must be false");
                        });
        body.finish();
        OptionalLong limit = maxTokens.isPresent() ? maxTokens : older;
        return new OpenAiChat(
                new TurnRequest(
                        Past.ALONE,
                        model,
                        messages,
                        limit,
                        Task.chat(parameters),
                        new Delivery(
                                stream, Optional.empty(), OnDisconnect.DRAIN, Optional.empty()),
                        Optional.empty()),
                includeUsage);
    }

    /// What goes to the provider as it is, once its type and range are right.
    static JsonObject parameters(BodyReader body) {
        ObjectBuilder parameters = JsonValue.object();
        number(body, parameters, "temperature", 0, 2);
        number(body, parameters, "top_p", 0, 1);
        number(body, parameters, "frequency_penalty", -2, 2);
        number(body, parameters, "presence_penalty", -2, 2);
        body.optionalLong("seed", -MAX_SEED, MAX_SEED)
                .ifPresent(seed -> parameters.put("seed", seed));
        body.value("stop").ifPresent(stop -> parameters.put("stop", stop(body, stop)));
        body.optionalObject("response_format")
                .ifPresent(
                        format ->
                                body.value("response_format")
                                        .ifPresent(
                                                value ->
                                                        parameters.put(
                                                                "response_format",
                                                                writable(
                                                                        body,
                                                                        "response_format",
                                                                        value))));
        tools(body, parameters);
        return parameters.build();
    }

    private static JsonValue writable(BodyReader body, String name, JsonValue value) {
        if (CanonicalJson.JCS.canWrite(value)) {
            return value;
        }
        throw body.refused(name, "may have no integer beyond 2^53");
    }

    /// Tools that the model may ask for, by name; what they do is the caller's.
    private static void tools(BodyReader body, ObjectBuilder parameters) {
        List<BodyReader> tools = body.objects("tools");
        if (tools.size() > FunctionTools.MAX) {
            throw body.refused("tools", "may hold %d".formatted(FunctionTools.MAX));
        }
        Set<String> names = new HashSet<>();
        for (BodyReader tool : tools) {
            if (!tool.text("type").equals("function")) {
                throw tool.refused("type", "must be function");
            }
            BodyReader function =
                    tool.optionalObject("function")
                            .orElseThrow(() -> tool.refused("function", "is needed"));
            if (!names.add(FunctionTools.name(function))) {
                throw function.refused("name", "is there twice");
            }
            function.optionalText("description");
            function.optionalObject("parameters");
            function.optionalBoolean("strict");
            function.finish();
            tool.finish();
        }
        for (String name : List.of("tools", "tool_choice", "parallel_tool_calls")) {
            body.value(name)
                    .filter(value -> !tools.isEmpty())
                    .ifPresent(value -> parameters.put(name, writable(body, name, value)));
        }
    }

    static void number(
            BodyReader body, ObjectBuilder parameters, String name, double min, double max) {
        if (body.optionalNumber(name, min, max).isPresent()) {
            body.value(name).ifPresent(value -> parameters.put(name, value));
        }
    }

    private static JsonValue stop(BodyReader body, JsonValue stop) {
        boolean one = stop instanceof JsonString(String text) && text.length() <= 256;
        boolean some =
                stop instanceof JsonArray(List<JsonValue> items)
                        && items.size() <= 4
                        && items.stream()
                                .allMatch(
                                        item ->
                                                item instanceof JsonString(String text)
                                                        && text.length() <= 256);
        if (one || some) {
            return stop;
        }
        throw body.refused("stop", "must be a string or up to four, of at most 256 characters");
    }

    static List<ChatMessage> messages(BodyReader body) {
        List<BodyReader> items = body.objects("messages");
        if (items.isEmpty() || items.size() > MAX_MESSAGES) {
            throw body.refused("messages", "must hold 1 to %d messages".formatted(MAX_MESSAGES));
        }
        List<ChatMessage> messages = new ArrayList<>(items.size());
        for (BodyReader item : items) {
            messages.add(message(item));
            item.finish();
        }
        return messages;
    }

    private static ChatMessage message(BodyReader item) {
        String role = item.text("role");
        if (!ROLES.contains(role)) {
            throw item.refused("role", "must be system, developer, user, assistant or tool");
        }
        item.optionalText("name");
        List<ToolCall> calls = role.equals("assistant") ? calls(item) : List.of();
        if (role.equals("tool")) {
            return new ChatMessage(
                    role, content(item), List.of(), Optional.of(item.text("tool_call_id")));
        }
        boolean silent = !calls.isEmpty() && item.value("content").isEmpty();
        String text = silent ? "" : content(item);
        return new ChatMessage(
                role.equals("developer") ? "system" : role, text, calls, Optional.empty());
    }

    private static List<ToolCall> calls(BodyReader message) {
        message.optionalText("refusal");
        List<ToolCall> calls = new ArrayList<>();
        for (BodyReader call : message.objects("tool_calls")) {
            if (!call.optionalText("type").orElse("function").equals("function")) {
                throw call.refused("type", "must be function");
            }
            BodyReader function =
                    call.optionalObject("function")
                            .orElseThrow(() -> call.refused("function", "is needed"));
            calls.add(
                    new ToolCall(
                            call.text("id"), function.text("name"), function.text("arguments")));
            function.finish();
            call.finish();
        }
        return calls;
    }

    private static String content(BodyReader message) {
        JsonValue content =
                message.value("content").orElseThrow(() -> message.refused("content", "is needed"));
        if (content instanceof JsonString(String text)) {
            return text;
        }
        StringBuilder text = new StringBuilder();
        for (BodyReader part : message.objects("content")) {
            if (!part.text("type").equals("text")) {
                throw part.refused("type", "must be text");
            }
            text.append(part.text("text"));
            part.finish();
        }
        return text.toString();
    }
}
