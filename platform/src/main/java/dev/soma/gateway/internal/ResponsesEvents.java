package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.metering.Ledger.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Tells a turn as OpenAI's Responses dialect has it: items that open, grow and close, each event
/// with
/// a number from 0, and the whole response at both ends. A function of the journal and of what the
/// turn keeps of its request alone, so a replay gives the same bytes.
final class ResponsesEvents {
    private static final JsonArray NOTHING = new JsonArray(List.of());

    private static final JsonObject CACHED_NOTHING =
            JsonValue.object().put("cached_tokens", 0).put("cache_write_tokens", 0).build();

    private final JsonObject echo;
    private final Sink sink;
    private final List<JsonObject> output = new ArrayList<>();
    private final StringBuilder open = new StringBuilder();
    private Kind kind = Kind.NONE;
    private UUID turn = new UUID(0, 0);
    private long created;
    private String model = "";
    private long sequence;

    /// What grows.
    private enum Kind {
        NONE,
        TEXT,
        REASONING
    }

    /// Takes events in order.
    interface Sink {
        void event(String type, JsonObject data, boolean last);
    }

    ResponsesEvents(JsonObject echo, Sink sink) {
        this.echo = echo;
        this.sink = sink;
    }

    private void tell(String type, ObjectBuilder data) {
        tell(type, data, false);
    }

    private void tell(String type, ObjectBuilder data, boolean last) {
        JsonObject event = data.put("type", type).put("sequence_number", sequence++).build();
        sink.event(type, event, last);
    }

    void begin(Began began) {
        turn = began.turn();
        created = began.createdSeconds();
        model = began.model();
        JsonObject response =
                response("in_progress", new JsonNull(), new JsonNull(), Optional.empty());
        tell("response.created", JsonValue.object().put("response", response));
        tell("response.in_progress", JsonValue.object().put("response", response));
    }

    private String item(String prefix) {
        return "%s_%s_%d".formatted(prefix, turn, output.size());
    }

    void text(String piece) {
        if (kind != Kind.TEXT) {
            close();
            kind = Kind.TEXT;
            ObjectBuilder item =
                    JsonValue.object()
                            .put("id", item("msg"))
                            .put("type", "message")
                            .put("status", "in_progress")
                            .put("role", "assistant")
                            .put("content", NOTHING);
            tell("response.output_item.added", place().put("item", item.build()));
            tell("response.content_part.added", part("msg").put("part", outputText("")));
        }
        open.append(piece);
        tell(
                "response.output_text.delta",
                part("msg").put("delta", piece).put("logprobs", NOTHING));
    }

    void reasoning(String piece) {
        if (kind != Kind.REASONING) {
            close();
            kind = Kind.REASONING;
            ObjectBuilder item =
                    JsonValue.object()
                            .put("id", item("rs"))
                            .put("type", "reasoning")
                            .put("summary", NOTHING);
            tell("response.output_item.added", place().put("item", item.build()));
        }
        open.append(piece);
        tell("response.reasoning_text.delta", part("rs").put("delta", piece));
    }

    void tool(ToolCall call) {
        close();
        String id = item("fc");
        tell("response.output_item.added", place().put("item", call(id, call, "in_progress", "")));
        ObjectBuilder where = place().put("item_id", id);
        tell("response.function_call_arguments.delta", copy(where).put("delta", call.arguments()));
        tell(
                "response.function_call_arguments.done",
                copy(where).put("name", call.name()).put("arguments", call.arguments()));
        JsonObject done = call(id, call, "completed", call.arguments());
        tell("response.output_item.done", place().put("item", done));
        output.add(done);
    }

    private static ObjectBuilder copy(ObjectBuilder builder) {
        ObjectBuilder copy = JsonValue.object();
        builder.build().members().forEach(copy::put);
        return copy;
    }

    private static JsonObject call(String id, ToolCall call, String status, String arguments) {
        return JsonValue.object()
                .put("id", id)
                .put("type", "function_call")
                .put("status", status)
                .put("call_id", call.id())
                .put("name", call.name())
                .put("arguments", arguments)
                .build();
    }

    private ObjectBuilder place() {
        return JsonValue.object().put("output_index", output.size());
    }

    private ObjectBuilder part(String prefix) {
        return place().put("item_id", item(prefix)).put("content_index", 0);
    }

    private static JsonObject outputText(String text) {
        return JsonValue.object()
                .put("type", "output_text")
                .put("text", text)
                .put("annotations", NOTHING)
                .put("logprobs", NOTHING)
                .build();
    }

    private void close() {
        close("completed");
    }

    /// Closes what grows.
    ///
    /// @param status of a message that was open
    private void close(String status) {
        String text = open.toString();
        open.setLength(0);
        switch (kind) {
            case NONE -> {
                return;
            }
            case TEXT -> {
                tell(
                        "response.output_text.done",
                        part("msg").put("text", text).put("logprobs", NOTHING));
                tell("response.content_part.done", part("msg").put("part", outputText(text)));
                done(
                        JsonValue.object()
                                .put("id", item("msg"))
                                .put("type", "message")
                                .put("status", status)
                                .put("role", "assistant")
                                .put("content", JsonValue.array(List.of(outputText(text))))
                                .build());
            }
            case REASONING -> {
                tell("response.reasoning_text.done", part("rs").put("text", text));
                JsonObject thought =
                        JsonValue.object().put("type", "reasoning_text").put("text", text).build();
                done(
                        JsonValue.object()
                                .put("id", item("rs"))
                                .put("type", "reasoning")
                                .put("summary", NOTHING)
                                .put("content", JsonValue.array(List.of(thought)))
                                .build());
            }
        }
        kind = Kind.NONE;
    }

    private void done(JsonObject item) {
        tell("response.output_item.done", place().put("item", item));
        output.add(item);
    }

    /// `response.queued`, with the place as a member of its own.
    void queued(Queued place) {
        JsonObject response = response("queued", new JsonNull(), new JsonNull(), Optional.empty());
        tell(
                "response.queued",
                JsonValue.object().put("response", response).put("soma_queue", Notices.of(place)));
    }

    /// An event that the dialect does not have; clients skip what they do not know.
    void switched(Switched to) {
        tell(
                "soma.switch",
                JsonValue.object()
                        .put("from", to.from())
                        .put("to", to.to())
                        .put("reason", to.reason())
                        .put("attempt", to.attempt()));
    }

    void finish(String reason, Usage usage) {
        Optional<String> incomplete =
                switch (reason) {
                    case "length" -> Optional.of("max_output_tokens");
                    case "content_filter" -> Optional.of("content_filter");
                    default -> Optional.empty();
                };
        JsonValue details =
                incomplete
                        .<JsonValue>map(why -> JsonValue.object().put("reason", why).build())
                        .orElse(new JsonNull());
        String status = incomplete.isPresent() ? "incomplete" : "completed";
        close(status);
        end("response." + status, response(status, new JsonNull(), details, Optional.of(usage)));
    }

    void stopped(Usage usage) {
        close("incomplete");
        end(
                "response.incomplete",
                response("cancelled", new JsonNull(), new JsonNull(), Optional.of(usage)));
    }

    void failed(Problem problem) {
        close("incomplete");
        JsonObject error =
                JsonValue.object()
                        .put("code", code(problem.kind().status()))
                        .put("message", problem.kind().title() + ". " + problem.detail())
                        .put("soma_problem", problem.kind().slug())
                        .build();
        end("response.failed", response("failed", error, new JsonNull(), Optional.empty()));
    }

    /// The dialect has a closed set of codes; the platform's own stands in a member beside it.
    private static String code(int status) {
        return switch (status) {
            case 429 -> "rate_limit_exceeded";
            case 400, 403, 404 -> "invalid_prompt";
            default -> "server_error";
        };
    }

    /// The response while its turn runs.
    JsonObject standing() {
        return response("in_progress", new JsonNull(), new JsonNull(), Optional.empty());
    }

    private void end(String type, JsonObject response) {
        tell(type, JsonValue.object().put("response", response), true);
    }

    private static JsonObject tokens(Usage usage) {
        return JsonValue.object()
                .put("input_tokens", usage.inputTokens())
                .put("input_tokens_details", CACHED_NOTHING)
                .put("output_tokens", usage.outputTokens())
                .put("output_tokens_details", JsonValue.object().put("reasoning_tokens", 0).build())
                .put("total_tokens", usage.tokens())
                .build();
    }

    private JsonObject response(
            String status, JsonValue error, JsonValue incomplete, Optional<Usage> usage) {
        ObjectBuilder response = JsonValue.object();
        echo.members().forEach(response::put);
        usage.ifPresent(used -> response.put("usage", tokens(used)));
        return response.put("id", ResponsesBody.id(turn))
                .put("object", "response")
                .put("created_at", created)
                .put("status", status)
                .put("background", JsonValue.of(false))
                .put("error", error)
                .put("incomplete_details", incomplete)
                .put("model", model)
                .put("output", JsonValue.array(output))
                .put(
                        "reasoning",
                        JsonValue.object()
                                .put("effort", new JsonNull())
                                .put("summary", new JsonNull())
                                .build())
                .put("truncation", "disabled")
                .build();
    }
}
