package dev.soma.gateway.internal;

import dev.soma.conversation.Turns.Accepted;
import dev.soma.conversation.Turns.Ended;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.CanonicalJson;

/// Chunks of `chat.completion.chunk`. A failure in the middle is an error frame and an end without
/// `[DONE]`.
final class OpenAiStream implements Renderer {
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
    public void accepted(Accepted turn) {
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

    @Override
    public void text(String piece) {
        StringBuilder frame = new StringBuilder(head.length() + piece.length() + 96).append(head);
        frame.append(",\"choices\":[{\"index\":0,\"delta\":{\"content\":");
        JsonText.append(frame, piece).append("},\"finish_reason\":null}]");
        out.write(frame.append(includeUsage ? ",\"usage\":null}\n\n" : "}\n\n").toString());
    }

    @Override
    public void completed(Ended.Completed end) {
        StringBuilder last = new StringBuilder(head);
        last.append(
                choice("{}", JsonText.append(new StringBuilder(), end.finishReason()).toString()));
        if (includeUsage) {
            last.append(head).append(",\"choices\":[],\"usage\":");
            last.append(CanonicalJson.JCS.text(OpenAiJson.usage(end.usage()))).append("}\n\n");
        }
        out.end(last.append("data: [DONE]\n\n").toString());
    }

    @Override
    public void failed(Problem problem) {
        if (!out.begun()) {
            exchange.refuse(problem);
            return;
        }
        String error =
                CanonicalJson.JCS.text(ErrorShape.OPENAI.document(problem, exchange.requestId()));
        out.end("data: " + error + "\n\n");
    }

    @Override
    public void heartbeat() {
        out.heartbeat();
    }
}
