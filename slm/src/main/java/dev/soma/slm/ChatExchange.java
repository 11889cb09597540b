package dev.soma.slm;

import io.opentelemetry.api.trace.Span;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// One chat answer from its place in the line to its last byte.
///
/// The event loop creates it and writes its reply; the decode thread runs it. The two meet in
/// `gone`, which the event loop sets when the client has left, and in the [ReaderGate].
final class ChatExchange implements DecodeQueue.Task, Engine.Output {

    /// What every exchange of a server shares.
    record Shared(
            Engine engine,
            Metrics metrics,
            Pace pace,
            Log log,
            Tracing tracing,
            long stallMillis) {}

    private final Shared shared;
    private final Call call;
    private final Optional<String> traceParent;
    private final ChatRequest request;
    private final Engine.Generation generation;
    private final ChatReply reply;
    private final StopMatcher stops;
    private final ReaderGate gate = new ReaderGate();
    private final AtomicBoolean gone = new AtomicBoolean();
    private final StringBuilder shown = new StringBuilder();
    private final long offeredNanos = System.nanoTime();
    private long startedNanos;
    private long firstNanos;
    private boolean stalled;

    ChatExchange(
            Shared shared,
            Call call,
            ChatRequest request,
            Engine.Generation generation,
            ChatReply reply) {
        this.shared = shared;
        this.call = call;
        this.traceParent = call.traceParent();
        this.request = request;
        this.generation = generation;
        this.reply = reply;
        this.stops = new StopMatcher(request.stops());
    }

    @Override
    public String fairKey() {
        return generation.fairKey().orElse("");
    }

    @Override
    public int tokens() {
        return generation.promptTokens() + generation.maxTokens();
    }

    /// The client has left: the answer ends before its next token.
    void leave() {
        gone.set(true);
        gate.open();
    }

    /// The client's stream can take more.
    void drained() {
        gate.open();
    }

    void refuse(Refusal refusal) {
        reply.fail(refusal);
    }

    @Override
    public void run() {
        startedNanos = System.nanoTime();
        long waited = startedNanos - offeredNanos;
        shared.metrics().queued(waited);
        Span span = shared.tracing().answer(traceParent, waited);
        shared.pace().begun(generation.promptTokens(), generation.maxTokens(), startedNanos);
        int tokens = 0;
        String end = "failed";
        try {
            Engine.Decoded decoded = shared.engine().generate(generation, this);
            tokens = decoded.completionTokens();
            end = conclude(decoded);
        } catch (RuntimeException e) {
            shared.log().error("answer.failed", Map.of("error", e.getClass().getName()));
            fail(Refusal.of(500, "decode_failed", "The model failed on this request."));
        } finally {
            long now = System.nanoTime();
            shared.pace().ended(tokens, firstNanos == 0 ? 0 : now - firstNanos);
            Tracing.end(span, end, generation.promptTokens(), tokens);
            shared.metrics().answer(end, generation.promptTokens(), tokens, now - startedNanos);
        }
    }

    @Override
    public boolean wanted() {
        if (gone.get()) {
            return false;
        }
        stalled = !gate.await(shared.stallMillis());
        return !stalled && !gone.get();
    }

    @Override
    public boolean text(String piece) {
        if (firstNanos == 0) {
            firstNanos = System.nanoTime();
            shared.metrics().firstToken(firstNanos - startedNanos);
            shared.pace().prompted(generation.promptTokens(), firstNanos - startedNanos);
        }
        show(stops.feed(piece));
        return !stops.stopped();
    }

    private void show(String text) {
        if (text.isEmpty()) {
            return;
        }
        shown.append(text);
        gate.posted();
        call.onEventLoop(() -> gate.written(!gone.get() && reply.text(text)));
    }

    private String conclude(Engine.Decoded decoded) {
        if (decoded.end() == Engine.End.CANCELLED) {
            if (stalled) {
                fail(Refusal.of(408, "reader_stalled", "The stream was not read in time."));
            }
            return "cancelled";
        }
        show(stops.rest());
        boolean complete = decoded.end() == Engine.End.STOP && !stops.stopped();
        if (complete
                && request.format()
                        .filter(format -> !format.accepts(shown.toString()))
                        .isPresent()) {
            fail(Refusal.of(500, "schema_violation", "The answer did not keep its schema."));
            return "failed";
        }
        String reason = decoded.end() == Engine.End.LENGTH ? "length" : "stop";
        ChatReply.Usage usage =
                new ChatReply.Usage(generation.promptTokens(), decoded.completionTokens());
        call.onEventLoop(
                () -> {
                    if (!gone.get()) {
                        reply.finish(reason, usage);
                    }
                });
        return reason;
    }

    private void fail(Refusal refusal) {
        call.onEventLoop(
                () -> {
                    if (!gone.get()) {
                        reply.fail(refusal);
                    }
                });
    }
}
