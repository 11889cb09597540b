package dev.soma.slm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A checked body of `POST /v1/chat/completions`.
record ChatRequest(
        List<ChatMessage> messages,
        boolean continued,
        boolean stream,
        Sampling sampling,
        OptionalInt maxTokens,
        List<String> stops,
        Optional<SchemaGrammar> format) {
    private static final int MAX_MESSAGES = 512;
    private static final int MAX_PARTS = 64;
    private static final int MAX_STOPS = 4;
    private static final int MAX_STOP_CHARS = 256;

    private static final Set<String> FIELDS =
            Set.of(
                    "model",
                    "messages",
                    "continue_final_message",
                    "stream",
                    "stream_options",
                    "temperature",
                    "top_p",
                    "seed",
                    "max_tokens",
                    "max_completion_tokens",
                    "stop",
                    "response_format",
                    "user",
                    "n",
                    "presence_penalty",
                    "frequency_penalty",
                    "logprobs",
                    "store");

    ChatRequest {
        messages = List.copyOf(messages);
        stops = List.copyOf(stops);
    }

    /// Reads a body; `freshSeed` draws when the request names none.
    static ChatRequest of(ObjectNode body, String modelId, OptionalLong freshSeed) {
        Fields fields = new Fields(body, "");
        fields.refuseOthers(FIELDS);
        checkModel(fields, modelId);
        refuseEffects(fields);
        List<ChatMessage> messages = messages(fields);
        boolean continued = fields.bool("continue_final_message").orElse(false);
        if (continued && messages.getLast().role() != ChatMessage.Role.ASSISTANT) {
            throw fields.refused(
                    "invalid_value",
                    "continue_final_message",
                    "Only an assistant's last message can be continued.");
        }
        return new ChatRequest(
                messages,
                continued,
                fields.bool("stream").orElse(false),
                sampling(fields, freshSeed),
                maxTokens(fields),
                stops(fields),
                format(fields));
    }

    /// Reads a body of `POST /v1/chat/tokenize`.
    static ChatRequest toCount(ObjectNode body, String modelId) {
        new Fields(body, "").refuseOthers(Set.of("model", "messages", "continue_final_message"));
        return of(body, modelId, OptionalLong.of(0));
    }

    static void checkModel(Fields fields, String modelId) {
        Optional<String> model = fields.text("model", 256);
        if (model.isPresent() && !model.get().equals(modelId)) {
            throw new RefusedException(
                    new Refusal(
                            404,
                            "invalid_request_error",
                            "model_not_found",
                            "This server has the model '%s' for this route.".formatted(modelId),
                            Optional.of("model"),
                            Optional.empty()));
        }
    }

    private static void refuseEffects(Fields fields) {
        for (String name : List.of("presence_penalty", "frequency_penalty")) {
            fields.number(name, 0, 0);
        }
        fields.integer("n", 1, 1);
        fields.text("user", 512);
        for (String name : List.of("logprobs", "store")) {
            fields.refuseUnless(name, Json.read("false"));
        }
        fields.object("stream_options")
                .ifPresent(
                        options -> {
                            options.refuseOthers(Set.of("include_usage"));
                            options.bool("include_usage");
                        });
    }

    private static Sampling sampling(Fields fields, OptionalLong freshSeed) {
        double temperature = fields.number("temperature", 0, 2).orElse(1.0);
        double topP = fields.number("top_p", 0, 1).orElse(1.0);
        long seed =
                fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE)
                        .orElseGet(freshSeed::getAsLong);
        int folded = (int) (seed ^ (seed >>> 32));
        // -1 means "draw a random seed" to native code.
        return new Sampling(temperature, topP, folded == -1 ? Integer.MAX_VALUE : folded);
    }

    private static OptionalInt maxTokens(Fields fields) {
        Optional<Long> current = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        Optional<Long> older = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
        if (current.isPresent() && older.isPresent() && !current.equals(older)) {
            throw fields.refused(
                    "invalid_value",
                    "max_tokens",
                    "'max_tokens' and 'max_completion_tokens' differ.");
        }
        return current.or(() -> older)
                .map(tokens -> OptionalInt.of(tokens.intValue()))
                .orElseGet(OptionalInt::empty);
    }

    private static List<String> stops(Fields fields) {
        @Nullable JsonNode stop = fields.value("stop");
        if (stop == null) {
            return List.of();
        }
        List<JsonNode> nodes = stop.isArray() ? stop.values().stream().toList() : List.of(stop);
        if (nodes.size() > MAX_STOPS) {
            throw fields.refused(
                    "invalid_value", "stop", "At most %d stop sequences.".formatted(MAX_STOPS));
        }
        List<String> stops = new ArrayList<>();
        for (JsonNode node : nodes) {
            if (!node.isString()
                    || node.stringValue().isEmpty()
                    || node.stringValue().length() > MAX_STOP_CHARS) {
                throw fields.refused(
                        "invalid_value",
                        "stop",
                        "A stop sequence must be text of 1 to %d characters."
                                .formatted(MAX_STOP_CHARS));
            }
            stops.add(node.stringValue());
        }
        return stops;
    }

    private static Optional<SchemaGrammar> format(Fields fields) {
        Optional<Fields> format = fields.object("response_format");
        if (format.isEmpty()) {
            return Optional.empty();
        }
        Fields inner = format.get();
        String type = inner.text("type", 64).orElseThrow(() -> inner.missing("type"));
        return switch (type) {
            case "text" -> {
                inner.refuseOthers(Set.of("type"));
                yield Optional.empty();
            }
            case "json_object" -> {
                inner.refuseOthers(Set.of("type"));
                yield Optional.of(SchemaGrammar.ANY_OBJECT);
            }
            case "json_schema" -> {
                inner.refuseOthers(Set.of("type", "json_schema"));
                Fields named =
                        inner.object("json_schema").orElseThrow(() -> inner.missing("json_schema"));
                named.refuseOthers(Set.of("name", "description", "strict", "schema"));
                if (named.text("name", 64).isEmpty()) {
                    throw named.missing("name");
                }
                Fields schema = named.object("schema").orElseThrow(() -> named.missing("schema"));
                yield Optional.of(SchemaGrammar.of(schema.object(), schema.pointer()));
            }
            default ->
                    throw inner.refused(
                            "invalid_value",
                            "type",
                            "The type must be text, json_object or json_schema.");
        };
    }

    private static List<ChatMessage> messages(Fields fields) {
        @Nullable JsonNode value = fields.value("messages");
        if (value == null) {
            throw fields.missing("messages");
        }
        if (!(value instanceof ArrayNode list) || list.isEmpty() || list.size() > MAX_MESSAGES) {
            throw fields.refused(
                    "invalid_value",
                    "messages",
                    "'messages' must be a list of 1 to %d.".formatted(MAX_MESSAGES));
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String pointer = "/messages/" + i;
            if (!(list.get(i) instanceof ObjectNode message)) {
                throw new RefusedException(
                        Refusal.invalid("invalid_type", pointer, "A message must be an object."));
            }
            messages.add(message(new Fields(message, pointer)));
        }
        return messages;
    }

    private static final Map<String, ChatMessage.Role> ROLES =
            Map.of(
                    "system", ChatMessage.Role.SYSTEM,
                    "developer", ChatMessage.Role.SYSTEM,
                    "user", ChatMessage.Role.USER,
                    "assistant", ChatMessage.Role.ASSISTANT);

    private static ChatMessage message(Fields fields) {
        fields.refuseOthers(Set.of("role", "content"));
        ChatMessage.@Nullable Role role =
                ROLES.get(fields.text("role", 64).orElseThrow(() -> fields.missing("role")));
        if (role == null) {
            throw fields.refused(
                    "invalid_value",
                    "role",
                    "The role must be system, developer, user or assistant.");
        }
        @Nullable JsonNode content = fields.value("content");
        if (content == null) {
            throw fields.missing("content");
        }
        String text =
                switch (content) {
                    case ArrayNode parts -> joined(parts, fields);
                    case JsonNode node when node.isString() -> node.stringValue();
                    default -> throw fields.wrongType("content", "text or a list of text parts");
                };
        return new ChatMessage(role, text);
    }

    private static String joined(ArrayNode parts, Fields fields) {
        if (parts.isEmpty() || parts.size() > MAX_PARTS) {
            throw fields.refused(
                    "invalid_value",
                    "content",
                    "A message has 1 to %d parts.".formatted(MAX_PARTS));
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            String pointer = fields.pointer() + "/content/" + i;
            if (!(parts.get(i) instanceof ObjectNode part)) {
                throw new RefusedException(
                        Refusal.invalid("invalid_type", pointer, "A part must be an object."));
            }
            Fields inner = new Fields(part, pointer);
            inner.refuseOthers(Set.of("type", "text"));
            if (!inner.text("type", 64).orElse("").equals("text")) {
                throw inner.refused("invalid_value", "type", "Only text parts are supported.");
            }
            text.append(
                    inner.text("text", Integer.MAX_VALUE).orElseThrow(() -> inner.missing("text")));
        }
        return text.toString();
    }
}
