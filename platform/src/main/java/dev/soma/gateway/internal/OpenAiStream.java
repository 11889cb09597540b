package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonText;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.Ledger.Usage;

/// Chunks of `chat.completion.chunk`. A failure in the middle is an error frame and an end without
/// `[DONE]`.
final class OpenAiStream extends EventRenderer {
    private final SseWriter out;
    private final Exchange exchange;
    private final boolean includeUsage;
    private String head = "";

    OpenAiStream(Exchange exchange, boolean includeUsage) {
        this.exchange = exchange;
        this.out = new SseWriter(exchange.response(), exchange.loop());
        this.includeUsage = includeUsage;
    }

    @Override
    void begin(Began turn) {
        out.begin();
        StringBuilder start = new StringBuilder("data: {\"id\":\"chatcmpl-").append(turn.turn());
        start.append("\",\"object\":\"chat.completion.chunk\",\"created\":")
                .append(turn.createdSeconds());
        JsonText.append(start.append(",\"model\":"), turn.model());
        head = start.toString();
        out.write(head + choice("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
    }

    private String choice(String delta, String finishReason) {
        String usage = includeUsage ? ",\"usage\":null" : "";
        return ",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]%s}\n\n"
                .formatted(delta, finishReason, usage);
    }

    /// A chunk that says nothing, and a member that says who goes on; clients skip what they do not
    /// know.
    @Override
    void switched(Switched to) {
        notice("soma_switch", Notices.of(to));
    }

    /// A chunk that says nothing, and a member with the place.
    @Override
    void queued(Queued place) {
        notice("soma_queue", Notices.of(place));
    }

    private void notice(String member, JsonObject what) {
        String told = CanonicalJson.JCS.text(what);
        out.write(head + ",\"" + member + "\":" + told + choice("{}", "null"));
    }

    @Override
    void tool(int index, ToolCall call) {
        StringBuilder delta = new StringBuilder("{\"tool_calls\":[{\"index\":").append(index);
        JsonText.append(delta.append(",\"id\":"), call.id());
        JsonText.append(
                delta.append(",\"type\":\"function\",\"function\":{\"name\":"), call.name());
        JsonText.append(delta.append(",\"arguments\":"), call.arguments()).append("}}]}");
        out.write(head + choice(delta.toString(), "null"));
    }

    @Override
    void text(String piece) {
        said("content", piece);
    }

    @Override
    void reasoning(String piece) {
        said("reasoning_content", piece);
    }

    private void said(String member, String piece) {
        StringBuilder frame = new StringBuilder(head.length() + piece.length() + 96).append(head);
        frame.append(",\"choices\":[{\"index\":0,\"delta\":{\"").append(member).append("\":");
        JsonText.append(frame, piece).append("},\"finish_reason\":null}]");
        out.write(frame.append(includeUsage ? ",\"usage\":null}\n\n" : "}\n\n").toString());
    }

    @Override
    void finish(String reason, Usage usage) {
        StringBuilder last = new StringBuilder(head);
        last.append(choice("{}", JsonText.append(new StringBuilder(), reason).toString()));
        if (includeUsage) {
            last.append(head).append(",\"choices\":[],\"usage\":");
            last.append(CanonicalJson.JCS.text(OpenAiJson.usage(usage))).append("}\n\n");
        }
        out.end(last.append("data: [DONE]\n\n").toString());
    }

    @Override
    void failed(Problem problem, String requestId) {
        String error = CanonicalJson.JCS.text(ErrorShape.OPENAI.document(problem, requestId));
        out.end("data: " + error + "\n\n");
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
        out.heartbeat();
    }
}
