package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
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

    /// @param input what the tool is called with; in a stream it follows in pieces
    static JsonObject toolUse(ToolCall call, JsonObject input) {
        return JsonValue.object()
                .put("type", "tool_use")
                .put("id", call.id())
                .put("name", call.name())
                .put("input", input)
                .put("caller", JsonValue.object().put("type", "direct").build())
                .build();
    }

    static JsonObject textBlock(String text) {
        return JsonValue.object()
                .put("type", "text")
                .put("text", text)
                .put("citations", new JsonNull())
                .build();
    }

    static JsonObject thinkingBlock(String thinking) {
        return JsonValue.object()
                .put("type", "thinking")
                .put("thinking", thinking)
                .put("signature", "")
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
            content.add(thinkingBlock(reasoning.toString()));
        }
        if (!text.isEmpty()) {
            content.add(textBlock(text.toString()));
        }
        calls.forEach(call -> content.add(toolUse(call, parse(call.arguments()))));
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
        return stop(stopReason)
                .put("id", "msg_" + turn.turn())
                .put("type", "message")
                .put("role", "assistant")
                .put("model", turn.model())
                .put("content", content)
                .put("usage", usage)
                .build();
    }

    /// Why a message ended, with the members that the description requires and that say nothing
    /// here.
    static ObjectBuilder stop(JsonValue reason) {
        return JsonValue.object()
                .put("container", new JsonNull())
                .put("stop_reason", reason)
                .put("stop_sequence", new JsonNull())
                .put("stop_details", new JsonNull());
    }

    /// What a message used.
    static JsonObject usage(Usage usage) {
        return tokens(usage)
                .put("cache_creation", new JsonNull())
                .put("inference_geo", new JsonNull())
                .put("service_tier", new JsonNull())
                .build();
    }

    /// What is told at the end of a stream.
    static ObjectBuilder tokens(Usage usage) {
        return JsonValue.object()
                .put("input_tokens", usage.inputTokens())
                .put("output_tokens", usage.outputTokens())
                .put("output_tokens_details", new JsonNull())
                .put("cache_creation_input_tokens", 0)
                .put("cache_read_input_tokens", 0)
                .put("server_tool_use", new JsonNull());
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
