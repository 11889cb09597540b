package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonText;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.Ledger.Usage;
import java.util.List;

/// Anthropic's event stream: blocks that open, grow and close between `message_start` and
/// `message_stop`.
final class AnthropicStream extends EventRenderer {
    private final SseWriter out;
    private final Exchange exchange;
    private int block = -1;
    private Open open = Open.NOTHING;

    private enum Open {
        NOTHING,
        TEXT,
        THINKING
    }

    AnthropicStream(Exchange exchange) {
        this.exchange = exchange;
        this.out = new SseWriter(exchange.response(), exchange.loop());
    }

    private static String event(String type, JsonValue.ObjectBuilder data) {
        return "event: %s\ndata: %s\n\n"
                .formatted(type, CanonicalJson.JCS.text(data.put("type", type).build()));
    }

    @Override
    void begin(Began turn) {
        out.begin();
        JsonObject message =
                AnthropicJson.message(
                        turn,
                        new JsonArray(List.of()),
                        new JsonNull(),
                        AnthropicJson.usage(new Usage(0, 0, 0)));
        out.write(event("message_start", JsonValue.object().put("message", message)));
    }

    private void open(Open kind, JsonObject content) {
        close();
        block++;
        open = kind;
        out.write(
                event(
                        "content_block_start",
                        JsonValue.object().put("index", block).put("content_block", content)));
    }

    private void close() {
        if (open != Open.NOTHING) {
            out.write(event("content_block_stop", JsonValue.object().put("index", block)));
            open = Open.NOTHING;
        }
    }

    @Override
    void text(String piece) {
        if (open != Open.TEXT) {
            open(Open.TEXT, AnthropicJson.textBlock(""));
        }
        delta("text_delta", "text", piece);
    }

    @Override
    void reasoning(String piece) {
        if (open != Open.THINKING) {
            open(Open.THINKING, AnthropicJson.thinkingBlock(""));
        }
        delta("thinking_delta", "thinking", piece);
    }

    private void delta(String type, String member, String piece) {
        StringBuilder frame =
                new StringBuilder(
                        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
        frame.append(block).append(",\"delta\":{\"type\":\"").append(type);
        JsonText.append(frame.append("\",\"").append(member).append("\":"), piece).append("}}\n\n");
        out.write(frame.toString());
    }

    @Override
    void tool(int index, ToolCall call) {
        open(Open.TEXT, AnthropicJson.toolUse(call, JsonValue.object().build()));
        delta("input_json_delta", "partial_json", call.arguments());
        close();
    }

    /// A `ping`, which clients skip, with a member that says who goes on.
    @Override
    void switched(Switched to) {
        out.write(event("ping", JsonValue.object().put("soma_switch", Notices.of(to))));
    }

    @Override
    void queued(Queued place) {
        JsonObject where = Notices.of(place);
        out.write(event("ping", JsonValue.object().put("soma_queue", where)));
    }

    @Override
    void finish(String reason, Usage usage) {
        close();
        JsonObject delta =
                AnthropicJson.stop(JsonValue.of(AnthropicJson.stopReason(reason))).build();
        out.write(
                event(
                        "message_delta",
                        JsonValue.object()
                                .put("delta", delta)
                                .put("usage", AnthropicJson.tokens(usage).build())));
        out.end(event("message_stop", JsonValue.object()));
    }

    @Override
    void failed(Problem problem, String requestId) {
        close();
        out.end(
                "event: error\ndata: "
                        + CanonicalJson.JCS.text(ErrorShape.ANTHROPIC.document(problem, requestId))
                        + "\n\n");
    }

    @Override
    public void lost(Problem problem) {
        if (out.begun()) {
            failed(problem, exchange.requestId());
        } else {
            exchange.refuse(problem);
        }
    }

    @Override
    public void heartbeat() {
        out.write(event("ping", JsonValue.object()));
    }
}
