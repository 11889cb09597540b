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
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// A request of `POST /v1/responses`. What is not supported is refused by name.
///
/// @param echo what a response tells of its request
record ResponsesBody(TurnRequest turn, JsonObject echo) {
    private static final String PREFIX = "resp_";

    static ResponsesBody read(BodyReader body) {
        String model = body.text("model");
        List<ChatMessage> messages = input(body);
        Optional<String> instructions = body.optionalText("instructions");
        OptionalLong maxTokens =
                body.optionalLong("max_output_tokens", 1, OpenAiChat.MAX_ANSWER_TOKENS);
        boolean stream = body.optionalBoolean("stream").orElse(false);
        boolean store = body.optionalBoolean("store").orElse(true);
        Optional<String> previous = body.optionalText("previous_response_id");
        ObjectBuilder parameters = JsonValue.object();
        OpenAiChat.number(body, parameters, "temperature", 0, 2);
        OpenAiChat.number(body, parameters, "top_p", 0, 1);
        tools(body, parameters);
        format(body, parameters);
        ignored(body);
        JsonObject echo = echo(body, model, store);
        body.finish();
        Past past =
                new Past(
                        Optional.empty(),
                        previous.map(
                                id ->
                                        turn(id).orElseThrow(
                                                        () ->
                                                                body.refused(
                                                                        "previous_response_id",
                                                                        "is not the id of a response"))),
                        instructions);
        return new ResponsesBody(
                new TurnRequest(
                        past,
                        model,
                        messages,
                        maxTokens,
                        Task.chat(parameters.build()),
                        new Delivery(
                                stream,
                                Optional.empty(),
                                store ? OnDisconnect.CONTINUE : OnDisconnect.DRAIN,
                                store ? Optional.of(echo) : Optional.empty()),
                        Optional.empty()),
                echo);
    }

    /// The id by which a turn is known in this dialect.
    static String id(UUID turn) {
        return PREFIX + turn;
    }

    static Optional<UUID> turn(String id) {
        try {
            return id.startsWith(PREFIX)
                    ? Optional.of(UUID.fromString(id.substring(PREFIX.length())))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<ChatMessage> input(BodyReader body) {
        JsonValue input = body.value("input").orElseThrow(() -> body.refused("input", "is needed"));
        if (input instanceof JsonString(String text)) {
            return List.of(new ChatMessage("user", text));
        }
        List<BodyReader> items = body.objects("input");
        if (items.isEmpty() || items.size() > OpenAiChat.MAX_MESSAGES) {
            throw body.refused(
                    "input", "must hold 1 to %d items".formatted(OpenAiChat.MAX_MESSAGES));
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (BodyReader item : items) {
            item(item, messages);
            item.finish();
        }
        return messages;
    }

    private static void item(BodyReader item, List<ChatMessage> messages) {
        item.optionalText("id");
        item.optionalText("status");
        switch (item.optionalText("type").orElse("message")) {
            case "message" -> messages.add(message(item));
            case "function_call" -> call(item, messages);
            case "function_call_output" ->
                    messages.add(
                            new ChatMessage(
                                    "tool",
                                    item.text("output"),
                                    List.of(),
                                    Optional.of(item.text("call_id"))));
            default ->
                    throw item.refused(
                            "type", "must be message, function_call or function_call_output");
        }
    }

    private static ChatMessage message(BodyReader item) {
        String role = item.text("role");
        if (!List.of("user", "assistant", "system", "developer").contains(role)) {
            throw item.refused("role", "must be user, assistant, system or developer");
        }
        item.optionalText("phase");
        return new ChatMessage(role.equals("developer") ? "system" : role, content(item));
    }

    private static String content(BodyReader item) {
        if (item.value("content").orElse(new JsonNull()) instanceof JsonString(String text)) {
            return text;
        }
        StringBuilder text = new StringBuilder();
        for (BodyReader part : item.objects("content")) {
            String type = part.text("type");
            if (!type.equals("input_text") && !type.equals("output_text")) {
                throw part.refused("type", "must be input_text or output_text");
            }
            text.append(part.text("text"));
            part.items("annotations");
            part.items("logprobs");
            part.finish();
        }
        return text.toString();
    }

    /// Calls that follow each other are one message of the assistant.
    private static void call(BodyReader item, List<ChatMessage> messages) {
        ToolCall call =
                new ToolCall(item.text("call_id"), item.text("name"), item.text("arguments"));
        List<ToolCall> calls = new ArrayList<>();
        String text = "";
        if (!messages.isEmpty() && messages.getLast().role().equals("assistant")) {
            ChatMessage last = messages.removeLast();
            calls.addAll(last.calls());
            text = last.text();
        }
        calls.add(call);
        messages.add(new ChatMessage("assistant", text, calls, Optional.empty()));
    }

    private static void tools(BodyReader body, ObjectBuilder parameters) {
        List<JsonValue> tools = new ArrayList<>();
        for (BodyReader tool : body.objects("tools")) {
            if (!tool.text("type").equals("function")) {
                throw tool.refused("type", "must be function");
            }
            ObjectBuilder function = JsonValue.object().put("name", FunctionTools.name(tool));
            tool.optionalText("description").ifPresent(text -> function.put("description", text));
            tool.optionalObject("parameters");
            tool.value("parameters").ifPresent(schema -> function.put("parameters", schema));
            tool.optionalBoolean("strict")
                    .ifPresent(strict -> function.put("strict", JsonValue.of(strict)));
            tool.finish();
            tools.add(FunctionTools.function(function.build()));
        }
        Optional<JsonValue> choice = body.value("tool_choice");
        Optional<Boolean> parallel = body.optionalBoolean("parallel_tool_calls");
        if (tools.isEmpty()) {
            return;
        }
        FunctionTools.offer(body, parameters, tools);
        choice.ifPresent(chosen -> parameters.put("tool_choice", choice(body, chosen)));
        parallel.ifPresent(many -> parameters.put("parallel_tool_calls", JsonValue.of(many)));
    }

    private static JsonValue choice(BodyReader body, JsonValue choice) {
        if (choice instanceof JsonString) {
            return choice;
        }
        BodyReader chosen = body.optionalObject("tool_choice").orElseThrow();
        if (!chosen.text("type").equals("function")) {
            throw chosen.refused("type", "must be function");
        }
        String name = chosen.text("name");
        chosen.finish();
        return FunctionTools.choose(name);
    }

    /// `text.format` is `response_format` in the chat dialect, one level deeper.
    private static void format(BodyReader body, ObjectBuilder parameters) {
        Optional<BodyReader> text = body.optionalObject("text");
        if (text.isEmpty()) {
            return;
        }
        text.get().optionalText("verbosity");
        text.get()
                .optionalObject("format")
                .ifPresent(
                        format -> {
                            String type = format.text("type");
                            ObjectBuilder told = JsonValue.object().put("type", type);
                            if (type.equals("json_schema")) {
                                told.put("json_schema", schema(format));
                            }
                            format.finish();
                            if (!type.equals("text")) {
                                parameters.put("response_format", told.build());
                            }
                        });
        text.get().finish();
    }

    private static JsonObject schema(BodyReader format) {
        ObjectBuilder schema = JsonValue.object().put("name", format.text("name"));
        format.optionalObject("schema");
        format.value("schema")
                .ifPresent(
                        value -> {
                            if (!CanonicalJson.JCS.canWrite(value)) {
                                throw format.refused("schema", "has an integer beyond 2^53");
                            }
                            schema.put("schema", value);
                        });
        format.optionalText("description").ifPresent(text -> schema.put("description", text));
        format.optionalBoolean("strict")
                .ifPresent(strict -> schema.put("strict", JsonValue.of(strict)));
        return schema.build();
    }

    /// Members that change nothing where they have their usual values.
    private static void ignored(BodyReader body) {
        body.optionalText("user");
        body.optionalText("safety_identifier");
        body.optionalText("prompt_cache_key");
        body.optionalObject("metadata");
        for (String name : List.of("truncation", "service_tier")) {
            body.optionalText(name)
                    .filter(value -> !List.of("disabled", "auto", "default").contains(value))
                    .ifPresent(
                            value -> {
                                throw body.refused(name, "must be left out");
                            });
        }
        if (!body.items("include").isEmpty()) {
            throw body.refused("include", "must be left out");
        }
        body.optionalBoolean("background")
                .filter(background -> background)
                .ifPresent(
                        background -> {
                            throw body.refused("background", "must be false");
                        });
    }

    private static JsonObject echo(BodyReader body, String model, boolean store) {
        ObjectBuilder echo = JsonValue.object().put("model", model);
        for (String name :
                List.of(
                        "instructions",
                        "max_output_tokens",
                        "previous_response_id",
                        "temperature",
                        "top_p")) {
            echo.put(name, body.value(name).orElse(new JsonNull()));
        }
        echo.put("store", JsonValue.of(store));
        echo.put("tools", body.value("tools").orElse(JsonValue.array(List.of())));
        echo.put("tool_choice", body.value("tool_choice").orElse(JsonValue.of("auto")));
        echo.put(
                "parallel_tool_calls",
                body.value("parallel_tool_calls").orElse(JsonValue.of(true)));
        echo.put("metadata", body.value("metadata").orElse(JsonValue.object().build()));
        JsonObject format =
                JsonValue.object()
                        .put("format", JsonValue.object().put("type", "text").build())
                        .build();
        echo.put("text", body.value("text").orElse(format));
        JsonObject whole = echo.build();
        if (!CanonicalJson.JCS.canWrite(whole)) {
            throw body.refused("metadata", "has an integer beyond 2^53");
        }
        return whole;
    }
}
