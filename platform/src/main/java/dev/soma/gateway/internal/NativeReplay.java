package dev.soma.gateway.internal;

import dev.soma.kernel.Problem;

/// The journal as it is, byte for byte.
final class NativeReplay implements Replay.Telling {
    private final Exchange exchange;
    private final SseWriter out;

    NativeReplay(Exchange exchange) {
        this.exchange = exchange;
        this.out = new SseWriter(exchange.response(), exchange.loop());
    }

    @Override
    public void frames(byte[] bytes) {
        if (!out.begun()) {
            out.begin();
        }
        out.write(bytes);
    }

    /// The answer that keeps an EventSource from coming back.
    @Override
    public void nothing() {
        exchange.noContent();
    }

    @Override
    public void end() {
        if (!out.begun()) {
            out.begin();
        }
        out.end(new byte[0]);
    }

    @Override
    public void refused(Problem problem) {
        if (!out.endIfBegun()) {
            exchange.refuse(problem);
        }
    }

    @Override
    public void heartbeat() {
        out.heartbeat();
    }
}
