package dev.soma.gateway.internal;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/// Writes server-sent events that no cache or proxy may hold back.
final class SseWriter {
    private static final String COMMENT = ": keep-alive\n\n";

    private final HttpServerResponse response;
    private boolean begun;

    SseWriter(HttpServerResponse response) {
        this.response = response;
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
        if (!response.closed() && !response.ended()) {
            response.write(Buffer.buffer(frames));
        }
    }

    void heartbeat() {
        if (begun) {
            write(COMMENT);
        }
    }

    void end(String frames) {
        if (!response.closed() && !response.ended()) {
            response.end(Buffer.buffer(frames));
        }
    }
}
