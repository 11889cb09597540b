package dev.soma.gateway.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Completed;
import dev.soma.conversation.TurnEvent.Counted;
import dev.soma.conversation.TurnEvent.Cut;
import dev.soma.conversation.TurnEvent.Delta;
import dev.soma.conversation.TurnEvent.Failed;
import dev.soma.conversation.TurnEvent.GuardCut;
import dev.soma.conversation.TurnEvent.Stopped;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonText;
import dev.soma.metering.Ledger.Usage;
import java.util.Optional;

/// Chunks of `chat.completion.chunk`. A failure in the middle is an error frame and an end without
/// `[DONE]`.
final class OpenAiStream implements Renderer {
    private final SseWriter out;
    private final Exchange exchange;
    private final boolean includeUsage;
    private String head = "";
    private Optional<Usage> counted = Optional.empty();

    OpenAiStream(Exchange exchange, boolean includeUsage) {
        this.exchange = exchange;
        this.out = new SseWriter(exchange.response(), exchange.loop());
        this.includeUsage = includeUsage;
    }

    @Override
    public void frames(Frames frames) {
        frames.events().forEach(this::event);
    }

    private void event(TurnEvent event) {
        switch (event) {
            case Began began -> begin(began);
            case Delta(TurnEvent.Channel channel, String text) -> text(text);
            case Completed completed -> completed(completed);
            case Stopped end -> finish("stop", Optional.of(end.usage()));
            case Cut(Problem problem, String requestId) -> {
                if (problem.kind() == ProblemKind.OUTPUT_REFUSED) {
                    finish("content_filter", counted);
                } else {
                    failed(problem, requestId);
                }
            }
            case Failed(Problem problem, String requestId) -> failed(problem, requestId);
            case Counted(Usage usage) -> counted = Optional.of(usage);
            case Switched switched -> switched(switched);
            case GuardCut _ -> {}
        }
    }

    private void begin(Began turn) {
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
    private void switched(Switched to) {
        StringBuilder frame = new StringBuilder(head);
        JsonText.append(frame.append(",\"soma_switch\":{\"from\":"), to.from());
        JsonText.append(frame.append(",\"to\":"), to.to());
        JsonText.append(frame.append(",\"reason\":"), to.reason());
        frame.append(",\"attempt\":").append(to.attempt()).append('}');
        out.write(frame + choice("{}", "null"));
    }

    private void text(String piece) {
        StringBuilder frame = new StringBuilder(head.length() + piece.length() + 96).append(head);
        frame.append(",\"choices\":[{\"index\":0,\"delta\":{\"content\":");
        JsonText.append(frame, piece).append("},\"finish_reason\":null}]");
        out.write(frame.append(includeUsage ? ",\"usage\":null}\n\n" : "}\n\n").toString());
    }

    private void completed(Completed end) {
        finish(end.finishReason(), Optional.of(end.usage()));
    }

    private void finish(String reason, Optional<Usage> usage) {
        StringBuilder last = new StringBuilder(head);
        last.append(choice("{}", JsonText.append(new StringBuilder(), reason).toString()));
        if (includeUsage && usage.isPresent()) {
            last.append(head).append(",\"choices\":[],\"usage\":");
            last.append(CanonicalJson.JCS.text(OpenAiJson.usage(usage.get()))).append("}\n\n");
        }
        out.end(last.append("data: [DONE]\n\n").toString());
    }

    private void failed(Problem problem, String requestId) {
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
