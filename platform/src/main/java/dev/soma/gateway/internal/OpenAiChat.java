package dev.soma.gateway.internal;

import dev.soma.conversation.Turns.Delivery;
import dev.soma.conversation.Turns.OnDisconnect;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.policy.Prompt.Message;
import java.util.ArrayList;
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

    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");

    static OpenAiChat read(BodyReader body) {
        String model = body.text("model");
        List<Message> messages = messages(body);
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
                        Optional.empty(),
                        model,
                        messages,
                        limit,
                        parameters,
                        new Delivery(stream, Optional.empty(), OnDisconnect.DRAIN),
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
                                                                writable(body, value))));
        return parameters.build();
    }

    private static JsonValue writable(BodyReader body, JsonValue value) {
        if (CanonicalJson.JCS.canWrite(value)) {
            return value;
        }
        throw body.refused("response_format", "may have no integer beyond 2^53");
    }

    private static void number(
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

    static List<Message> messages(BodyReader body) {
        List<BodyReader> items = body.objects("messages");
        if (items.isEmpty() || items.size() > MAX_MESSAGES) {
            throw body.refused("messages", "must hold 1 to %d messages".formatted(MAX_MESSAGES));
        }
        List<Message> messages = new ArrayList<>(items.size());
        for (BodyReader item : items) {
            String role = item.text("role");
            if (!ROLES.contains(role)) {
                throw item.refused("role", "must be system, developer, user or assistant");
            }
            item.optionalText("name");
            messages.add(new Message(role.equals("developer") ? "system" : role, content(item)));
            item.finish();
        }
        return messages;
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
