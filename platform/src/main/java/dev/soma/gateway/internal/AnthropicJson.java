package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.Ledger.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One message in Anthropic's dialect.
final class AnthropicJson extends EventRenderer {
    private final Exchange exchange;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final List<JsonObject> calls = new ArrayList<>();
    private Optional<Began> begun = Optional.empty();

    AnthropicJson(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    void begin(Began turn) {
        begun = Optional.of(turn);
    }

    @Override
    void text(String piece) {
        text.append(piece);
    }

    @Override
    void reasoning(String piece) {
        thinking.append(piece);
    }

    @Override
    void tool(int index, ToolCall call) {
        calls.add(
                JsonValue.object()
                        .put("type", "tool_use")
                        .put("id", call.id())
                        .put("name", call.name())
                        .put("input", parse(call.arguments()))
                        .build());
    }

    private static JsonObject parse(String arguments) {
        try {
            return StrictJson.parseObject(arguments.getBytes(StandardCharsets.UTF_8));
        } catch (MalformedJson e) {
            throw new IllegalStateException("only JSON comes here", e);
        }
    }

    @Override
    void finish(String reason, Usage usage) {
        List<JsonObject> content = new ArrayList<>();
        if (!thinking.isEmpty()) {
            content.add(
                    JsonValue.object()
                            .put("type", "thinking")
                            .put("thinking", thinking.toString())
                            .put("signature", "")
                            .build());
        }
        if (!text.isEmpty()) {
            content.add(
                    JsonValue.object().put("type", "text").put("text", text.toString()).build());
        }
        content.addAll(calls);
        exchange.json(
                200,
                message(
                        begun.orElseThrow(),
                        JsonValue.array(content),
                        JsonValue.of(stopReason(reason)),
                        usage(usage)));
    }

    static JsonObject message(
            Began turn, JsonValue content, JsonValue stopReason, JsonObject usage) {
        return JsonValue.object()
                .put("id", "msg_" + turn.turn())
                .put("type", "message")
                .put("role", "assistant")
                .put("model", turn.model())
                .put("content", content)
                .put("stop_reason", stopReason)
                .put("stop_sequence", new JsonNull())
                .put("usage", usage)
                .build();
    }

    static JsonObject usage(Usage usage) {
        return JsonValue.object()
                .put("input_tokens", usage.inputTokens())
                .put("output_tokens", usage.outputTokens())
                .put("cache_creation_input_tokens", 0)
                .put("cache_read_input_tokens", 0)
                .build();
    }

    static String stopReason(String reason) {
        return switch (reason) {
            case "length" -> "max_tokens";
            case "tool_calls" -> "tool_use";
            case "content_filter" -> "refusal";
            default -> "end_turn";
        };
    }

    @Override
    void failed(Problem problem, String requestId) {
        exchange.refuse(problem);
    }

    @Override
    public void lost(Problem problem) {
        exchange.refuse(problem);
    }
}
