package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.Ledger.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// One message in Anthropic's dialect.
final class AnthropicJson extends WholeAnswer {
    AnthropicJson(Exchange exchange) {
        super(exchange);
    }

    private static JsonObject toolUse(ToolCall call) {
        return JsonValue.object()
                .put("type", "tool_use")
                .put("id", call.id())
                .put("name", call.name())
                .put("input", parse(call.arguments()))
                .build();
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
        if (!reasoning.isEmpty()) {
            content.add(
                    JsonValue.object()
                            .put("type", "thinking")
                            .put("thinking", reasoning.toString())
                            .put("signature", "")
                            .build());
        }
        if (!text.isEmpty()) {
            content.add(
                    JsonValue.object().put("type", "text").put("text", text.toString()).build());
        }
        calls.forEach(call -> content.add(toolUse(call)));
        exchange.json(
                200,
                message(
                        turn(),
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
}
