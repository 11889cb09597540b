package dev.soma.gateway.internal;

import dev.soma.conversation.Turns.Accepted;
import dev.soma.conversation.Turns.Ended;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;

/// The product's own event stream: `turn.accepted`, `delta` ..., `usage`, then exactly one end.
final class NativeStream implements Renderer {
    private final SseWriter out;
    private final Exchange exchange;
    private long sequence;

    NativeStream(Exchange exchange) {
        this.exchange = exchange;
        this.out = new SseWriter(exchange.response(), exchange.loop());
    }

    @Override
    public void accepted(Accepted turn) {
        out.begin();
        out.write(
                event(
                        "turn.accepted",
                        JsonValue.object()
                                .put("session_id", turn.session())
                                .put("turn_id", turn.turn().toString())
                                .put("decision_id", turn.decision().id().toString())
                                .put("model", turn.model())
                                .build()));
    }

    private String event(String name, JsonObject data) {
        sequence++;
        return "id: %d\nevent: %s\ndata: %s\n\n"
                .formatted(sequence, name, CanonicalJson.JCS.text(data));
    }

    @Override
    public void text(String piece) {
        sequence++;
        StringBuilder frame =
                new StringBuilder(piece.length() + 80).append("id: ").append(sequence);
        frame.append("\nevent: delta\ndata: {\"channel\":\"text\",\"text\":");
        out.write(JsonText.append(frame, piece).append("}\n\n").toString());
    }

    @Override
    public void completed(Ended.Completed end) {
        JsonObject usage =
                JsonValue.object()
                        .put("input_tokens", end.usage().inputTokens())
                        .put("output_tokens", end.usage().outputTokens())
                        .build();
        JsonObject completed =
                JsonValue.object()
                        .put("finish_reason", end.finishReason())
                        .put("text_sha256", end.textSha256())
                        .put("usage", usage)
                        .put("cost_micro_usd", end.usage().microUsd())
                        .build();
        out.end(event("usage", usage) + event("turn.completed", completed));
    }

    @Override
    public void failed(Problem problem) {
        if (!out.begun()) {
            exchange.refuse(problem);
            return;
        }
        JsonObject document = problem.document(exchange.requestId());
        String name = problem.kind() == ProblemKind.KILLED ? "turn.cut" : "turn.failed";
        out.end(event(name, JsonValue.object().put("problem", document).build()));
    }

    @Override
    public void heartbeat() {
        out.heartbeat();
    }
}
