package dev.soma.gateway.internal;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;

/// Writes server-sent events that no cache or proxy may hold back. What is written during one turn
/// of the event loop leaves in one piece: frames that arrived together cost one system call, and
/// none waits for a later one. Lives on one event loop.
final class SseWriter {
    private static final String COMMENT = ": keep-alive\n\n";

    private final HttpServerResponse response;
    private final Context loop;
    private Buffer pending = Buffer.buffer();
    private boolean begun;

    SseWriter(HttpServerResponse response, Context loop) {
        this.response = response;
        this.loop = loop;
    }

    void begin() {
        begun = true;
        response.setStatusCode(200)
                .setChunked(true)
                .putHeader("content-type", "text/event-stream; charset=utf-8")
                .putHeader("cache-control", "no-store")
                .putHeader("x-accel-buffering", "no");
    }

    boolean begun() {
        return begun;
    }

    void write(String frames) {
        write(frames.getBytes(StandardCharsets.UTF_8));
    }

    void write(byte[] frames) {
        if (pending.length() == 0) {
            loop.runOnContext(nothing -> flush());
        }
        pending.appendBytes(frames);
    }

    private void flush() {
        if (pending.length() > 0 && !over()) {
            response.write(pending);
        }
        pending = Buffer.buffer();
    }

    private boolean over() {
        return response.closed() || response.ended();
    }

    /// Ends a stream that has begun.
    ///
    /// @return false when it has not, so that something else can be answered
    boolean endIfBegun() {
        if (begun) {
            end("");
        }
        return begun;
    }

    void heartbeat() {
        if (begun) {
            write(COMMENT);
        }
    }

    void end(String frames) {
        end(frames.getBytes(StandardCharsets.UTF_8));
    }

    void end(byte[] frames) {
        if (!over()) {
            response.end(pending.appendBytes(frames));
        }
        pending = Buffer.buffer();
    }
}
