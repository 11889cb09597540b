package dev.soma.gateway.internal;

import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/// Answers what cannot even be read as HTTP, and closes.
final class BadRequests {
    private BadRequests() {}

    static void answer(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        String reason = cause == null ? "" : String.valueOf(cause.getClass().getSimpleName());
        ProblemKind kind =
                reason.startsWith("TooLong")
                        ? ProblemKind.HEADERS_TOO_LARGE
                        : ProblemKind.INVALID_REQUEST;
        Problem problem =
                Problem.of(
                        kind,
                        "The request is not well-formed HTTP within the limits of this server.");
        request.response()
                .setStatusCode(kind.status())
                .putHeader("content-type", "application/problem+json")
                .putHeader("connection", "close")
                .end(Buffer.buffer(CanonicalJson.JCS.bytes(problem.document("none"))))
                .onComplete(sent -> request.connection().close());
    }
}
