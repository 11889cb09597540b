package dev.soma.gateway.internal;

import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.Turns.Once;
import dev.soma.gateway.internal.TurnRoutes.Door;
import dev.soma.kernel.Digest;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TraceContext;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.Verdict;
import dev.soma.runtime.Traces;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One request and its answer, on one event loop.
final class Exchange {
    /// Where specifications of projects are taken.
    private static final Set<String> SPECIFICATIONS =
            Set.of("/v1/kamachiq/projects", "/v1/kamachiq/reach");
    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[!-~]{1,255}");
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int LINGER_MILLIS = 2_000;
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final GatewaySettings settings;
    private final String requestId;
    private final Traces.Span span;
    private ErrorShape errors = ErrorShape.PROBLEM;

    Exchange(Door door, HttpServerRequest request, String route) {
        this.vertx = door.vertx();
        this.request = request;
        this.settings = door.settings();
        UUID fresh = door.identifiers().next();
        String given = request.getHeader("X-Request-Id");
        this.requestId =
                given != null && REQUEST_ID.matcher(given).matches() ? given : fresh.toString();
        this.span =
                door.traces()
                        .enter(
                                TraceContext.parse(
                                        request.headers().getAll("traceparent"),
                                        request.headers().getAll("tracestate")),
                                fresh,
                                (request.method().name() + " " + route).strip());
        span.note("http.request.method", request.method().name()).note("http.route", route);
        request.response().endHandler(end -> endSpan());
        request.response().putHeader("X-Request-Id", requestId);
        request.response().headersEndHandler(end -> door.signature().sign(request.response()));
    }

    HttpServerRequest request() {
        return request;
    }

    HttpServerResponse response() {
        return request.response();
    }

    /// The event loop that this exchange lives on.
    Context loop() {
        return vertx.getOrCreateContext();
    }

    String requestId() {
        return requestId;
    }

    TraceContext trace() {
        return span.context();
    }

    /// From now on it is a WebSocket, whose turns have spans of their own.
    void upgraded() {
        span.note("http.response.status_code", SWITCHING_PROTOCOLS).end();
    }

    /// Told once the answer is on its way, or its reader is gone.
    private void endSpan() {
        int status = response().getStatusCode();
        span.note("http.response.status_code", status);
        if (status >= 500) {
            span.failed(Integer.toString(status));
        }
        span.end();
    }

    /// How many platforms like this one the request has passed (`Via`, RFC 9110).
    int hops() {
        return (int)
                request.headers().getAll("via").stream()
                        .flatMap(header -> Stream.of(header.split(",", -1)))
                        .filter(hop -> hop.strip().endsWith(" soma"))
                        .count();
    }

    /// True for a request that reads what was told before.
    boolean isRead() {
        return request.method().equals(HttpMethod.GET);
    }

    /// The address under which the caller reached this gateway.
    String base() {
        return request.scheme() + "://" + request.authority();
    }

    /// The approval that the caller names in `X-Approval-Id`.
    Optional<UUID> approval() {
        String named = request.getHeader("X-Approval-Id");
        if (named == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(UUID.fromString(named));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    Problem.of(
                            ProblemKind.INVALID_REQUEST,
                            "'X-Approval-Id' is not an approval's id."));
        }
    }

    /// The key under which the caller wants this very request done once, in `Idempotency-Key`.
    Optional<Once> once(byte[] body) {
        String key = request.getHeader("Idempotency-Key");
        if (key == null) {
            return Optional.empty();
        }
        if (!IDEMPOTENCY_KEY.matcher(key).matches()) {
            throw new ProblemException(
                    Problem.of(
                            ProblemKind.INVALID_REQUEST,
                            "'Idempotency-Key' must be 1 to 255 visible characters."));
        }
        return Optional.of(
                new Once(key, Digest.sha256Hex(request.path() + " " + Digest.sha256Hex(body))));
    }

    /// In which shape errors of this route are told.
    void errorsAs(ErrorShape shape) {
        errors = shape;
    }

    ErrorShape errors() {
        return errors;
    }

    /// JSON everywhere; specifications of projects in YAML too (RFC 9512).
    private boolean isTaken(@Nullable String type) {
        String name = type == null ? "" : type.toLowerCase(Locale.ROOT);
        return name.startsWith("application/json")
                || (name.startsWith("application/yaml") && SPECIFICATIONS.contains(request.path()));
    }

    /// Reads the whole body, within its bounds of size and time, and hands it on.
    void body(Consumer<byte[]> whole) {
        String length = request.getHeader("content-length");
        if (length != null
                && (length.length() > 10 || Long.parseLong(length) > settings.maxBodyBytes())) {
            tooLarge();
            return;
        }
        if (!isTaken(request.getHeader("content-type"))) {
            refuse(
                    Problem.of(
                            ProblemKind.UNSUPPORTED_MEDIA_TYPE,
                            "Send 'Content-Type: application/json'."));
            return;
        }
        Buffer collected = Buffer.buffer();
        long timer =
                vertx.setTimer(settings.bodyTimeoutMillis(), late -> request.connection().close());
        request.exceptionHandler(failure -> vertx.cancelTimer(timer));
        request.handler(
                part -> {
                    if (collected.length() + part.length() > settings.maxBodyBytes()) {
                        vertx.cancelTimer(timer);
                        request.handler(rest -> {});
                        tooLarge();
                    } else {
                        collected.appendBuffer(part);
                    }
                });
        request.endHandler(
                end -> {
                    vertx.cancelTimer(timer);
                    if (!response().headWritten()) {
                        whole.accept(collected.getBytes());
                    }
                });
    }

    /// The rest of such a body is not kept. It is read for a moment all the same: a connection that
    /// is
    /// closed with bytes unread is reset, and the reset takes the answer away from a caller who
    /// still
    /// sends (RFC 9112, section 9.6).
    private void tooLarge() {
        if (response().headWritten()) {
            return;
        }
        request.handler(rest -> {});
        response().putHeader("connection", "close");
        Problem problem =
                Problem.of(
                        ProblemKind.BODY_TOO_LARGE,
                        "A body may have %d bytes.".formatted(settings.maxBodyBytes()));
        send(problem.kind().status(), errors.contentType(), errors.render(problem, requestId))
                .onComplete(sent -> linger());
    }

    private void linger() {
        if (request.isEnded()) {
            request.connection().close();
            return;
        }
        long late = vertx.setTimer(LINGER_MILLIS, tick -> request.connection().close());
        request.endHandler(
                end -> {
                    vertx.cancelTimer(late);
                    request.connection().close();
                });
    }

    void refuse(Problem problem) {
        if (response().headWritten() || response().closed()) {
            return;
        }
        errors.headers(problem).forEach((name, value) -> response().putHeader(name, value));
        send(problem.kind().status(), errors.contentType(), errors.render(problem, requestId));
    }

    void methodNotAllowed(String allowed) {
        response().putHeader("Allow", allowed);
        refuse(Problem.of(ProblemKind.METHOD_NOT_ALLOWED, "Use %s.".formatted(allowed)));
    }

    /// Every governed answer says by which decision it came about.
    void decidedBy(RecordedDecision decision) {
        decidedBy(
                decision.verdict().word(),
                decision.verdict().score(),
                decision.verdict().constitutionHash(),
                decision.id());
    }

    /// A turn that began was allowed.
    void allowedBy(Began turn) {
        decidedBy(Verdict.Word.ALLOW, turn.score(), turn.constitutionHash(), turn.decision());
        if (!response().headWritten()) {
            turn.cache().ifPresent(use -> CacheHeaders.tell(use, response()));
        }
    }

    private void decidedBy(Verdict.Word word, String score, String hash, UUID decision) {
        if (response().headWritten()) {
            return;
        }
        response()
                .putHeader("X-Policy-Decision", word.wireName())
                .putHeader("X-Policy-Score", score)
                .putHeader("X-Constitution-Hash", hash)
                .putHeader("X-Decision-Id", decision.toString());
    }

    /// Runs something on this loop again and again.
    ///
    /// @return for [#cancelTimer]
    long every(long millis, Runnable work) {
        return vertx.setPeriodic(millis, tick -> work.run());
    }

    /// Runs something on this loop after a while.
    long after(long millis, Runnable work) {
        return vertx.setTimer(millis, late -> work.run());
    }

    void cancelTimer(long timer) {
        vertx.cancelTimer(timer);
    }

    /// Closes the connection at once. An orderly close would wait for the very bytes that nobody
    /// reads.
    void hangUp() {
        if (request.connection() instanceof HttpServerConnection connection) {
            // From below the handler that would wait.
            var _ = connection.channelHandlerContext().close();
        }
    }

    void noContent() {
        response().setStatusCode(204).end();
    }

    void json(int status, JsonValue body) {
        send(status, "application/json", CanonicalJson.JCS.bytes(body));
    }

    void text(int status, String body) {
        text(status, "text/plain; charset=utf-8", body);
    }

    void text(int status, String type, String body) {
        send(status, type, body.getBytes(StandardCharsets.UTF_8));
    }

    private Future<Void> send(int status, String type, byte[] body) {
        return response()
                .setStatusCode(status)
                .putHeader("content-type", type)
                .end(Buffer.buffer(body));
    }
}
