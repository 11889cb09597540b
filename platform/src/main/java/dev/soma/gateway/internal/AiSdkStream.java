package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Journal;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.Ledger.Usage;
import java.nio.charset.StandardCharsets;

/// The running turn of a session in the stream protocol of Vercel's AI SDK for messages of its user
/// interfaces (version 1), from the turn's beginning, as its `reconnectToStream` expects it.
final class AiSdkStream extends EventRenderer implements Replay.Telling {
    private static final String PART = "0";

    private final Exchange exchange;
    private final Journal journal;
    private final SseWriter out;
    private String open = "";
    private int parts;

    AiSdkStream(Exchange exchange, Journal journal) {
        this.exchange = exchange;
        this.journal = journal;
        this.out = new SseWriter(exchange.response(), exchange.loop());
    }

    @Override
    public void frames(byte[] bytes) {
        journal.events(bytes).forEach(this::event);
    }

    /// No turn runs.
    @Override
    public void nothing() {
        exchange.noContent();
    }

    @Override
    public void end() {
        if (!exchange.response().ended()) {
            begun();
            out.end("");
        }
    }

    @Override
    public void refused(Problem problem) {
        lost(problem);
    }

    @Override
    public void lost(Problem problem) {
        if (!out.endIfBegun()) {
            exchange.refuse(problem);
        }
    }

    @Override
    public void heartbeat() {
        out.heartbeat();
    }

    private void begun() {
        if (!out.begun()) {
            exchange.response().putHeader("x-vercel-ai-ui-message-stream", "v1");
            out.begin();
        }
    }

    private static ObjectBuilder chunk(String type) {
        return JsonValue.object().put("type", type);
    }

    private void tell(ObjectBuilder chunk) {
        begun();
        out.write("data: " + CanonicalJson.JCS.text(chunk.build()) + "\n\n");
    }

    @Override
    void begin(Began turn) {
        JsonValue decision =
                JsonValue.object()
                        .put("decision_id", turn.decision().toString())
                        .put("constitution_hash", turn.constitutionHash())
                        .put("model", turn.model())
                        .build();
        tell(
                chunk("start")
                        .put("messageId", "msg_" + turn.turn())
                        .put("messageMetadata", decision));
        tell(chunk("start-step"));
    }

    @Override
    void text(String piece) {
        said("text", piece);
    }

    @Override
    void reasoning(String piece) {
        said("reasoning", piece);
    }

    private void said(String kind, String piece) {
        if (!open.equals(kind)) {
            close();
            open = kind;
            tell(chunk(kind + "-start").put("id", part()));
        }
        tell(chunk(kind + "-delta").put("id", part()).put("delta", piece));
    }

    private String part() {
        return PART + parts;
    }

    private void close() {
        if (!open.isEmpty()) {
            tell(chunk(open + "-end").put("id", part()));
            open = "";
            parts++;
        }
    }

    @Override
    void tool(int index, ToolCall call) {
        close();
        tell(
                chunk("tool-input-available")
                        .put("toolCallId", call.id())
                        .put("toolName", call.name())
                        .put("input", input(call)));
    }

    private static JsonValue input(ToolCall call) {
        try {
            return StrictJson.parse(call.arguments().getBytes(StandardCharsets.UTF_8));
        } catch (MalformedJson e) {
            return JsonValue.of(call.arguments());
        }
    }

    @Override
    void queued(Queued place) {
        tell(
                chunk("data-queue")
                        .put("data", Notices.of(place))
                        .put("transient", JsonValue.of(true)));
    }

    @Override
    void switched(Switched to) {
        tell(chunk("data-switch").put("data", Notices.of(to)).put("transient", JsonValue.of(true)));
    }

    @Override
    void finish(String reason, Usage usage) {
        close();
        tell(chunk("finish-step"));
        tell(chunk("finish").put("finishReason", reason.replace('_', '-')));
        done();
    }

    @Override
    void stopped(Usage usage) {
        close();
        tell(chunk("abort").put("reason", "stopped"));
        done();
    }

    @Override
    void failed(Problem problem, String requestId) {
        close();
        tell(chunk("error").put("errorText", problem.kind().title() + ". " + problem.detail()));
        done();
    }

    private void done() {
        out.end("data: [DONE]\n\n");
    }
}
