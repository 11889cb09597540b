package dev.soma.slm;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One HTTP exchange, with its body read. All methods but [#onEventLoop] run on the event loop.
final class Call {
    private static final Pattern TRACE_PARENT =
            Pattern.compile("[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");
    private static final Pattern REQUEST_ID = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final int MAX_FAIR_KEY_CHARS = 256;

    private final HttpServerRequest request;
    private final Context context;
    private final String route;
    private byte[] body = new byte[0];
    private final List<Runnable> endActions = new ArrayList<>();
    private boolean answered;

    Call(HttpServerRequest request, Context context, String route) {
        this.request = request;
        this.context = context;
        this.route = route;
        traceParent().ifPresent(value -> response().putHeader("traceparent", value));
        Optional.ofNullable(request.getHeader("x-request-id"))
                .filter(id -> REQUEST_ID.matcher(id).matches())
                .ifPresent(id -> response().putHeader("x-request-id", id));
    }

    void body(Buffer read) {
        body = read.getBytes();
    }

    ObjectNode json() {
        return Json.readBody(body);
    }

    String route() {
        return route;
    }

    HttpServerResponse response() {
        return request.response();
    }

    Optional<String> traceParent() {
        return Optional.ofNullable(request.getHeader("traceparent"))
                .filter(value -> TRACE_PARENT.matcher(value).matches());
    }

    Map<String, String> trace() {
        return traceParent()
                .map(value -> Map.of("trace_id", value.substring(3, 35)))
                .orElse(Map.of());
    }

    /// The key under which an evaluated prompt may be reused.
    Optional<String> fairKey() {
        Optional<String> key =
                Optional.ofNullable(request.getHeader("x-soma-fair-key"))
                        .filter(value -> !value.isEmpty());
        if (key.isPresent() && key.get().length() > MAX_FAIR_KEY_CHARS) {
            throw new RefusedException(
                    Refusal.of(
                            400,
                            "invalid_value",
                            "X-Soma-Fair-Key must have at most %d characters."
                                    .formatted(MAX_FAIR_KEY_CHARS)));
        }
        return key;
    }

    void onEventLoop(Runnable action) {
        context.runOnContext(nothing -> action.run());
    }

    /// Whether this call still waits for its answer.
    boolean open() {
        return !answered && !response().closed();
    }

    /// Runs when the answer is written or its client has left, after what was registered before.
    void onEnd(Runnable action) {
        endActions.add(action);
    }

    void ended() {
        endActions.forEach(Runnable::run);
        endActions.clear();
    }

    /// Marks the answer as begun by someone who writes it piece by piece.
    void begin() {
        answered = true;
    }

    void answer(int status, JsonNode document) {
        send(status, "application/json", Json.write(document));
    }

    void send(int status, String contentType, String text) {
        if (!open()) {
            return;
        }
        answered = true;
        response()
                .setStatusCode(status)
                .putHeader("content-type", contentType)
                .putHeader("cache-control", "no-store")
                .end(text);
    }

    void refuse(Refusal refusal) {
        refusal.retryAfterSeconds()
                .filter(seconds -> open())
                .ifPresent(seconds -> response().putHeader("retry-after", Long.toString(seconds)));
        answer(refusal.status(), refusal.envelope());
    }
}
