package dev.soma.kernel;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;

/// A refusal or failure as the caller sees it (RFC 9457). Never carries internals.
///
/// @param detail one sentence that says what to do about it
/// @param violations the rules that refused, each naming its article
/// @param pointer JSON Pointer of the offending part of the body, or empty
/// @param retryAfterSeconds when it is worth asking again; 0 when nothing is known of that
public record Problem(
        ProblemKind kind,
        String detail,
        List<Violation> violations,
        String pointer,
        long retryAfterSeconds) {
    public Problem {
        violations = List.copyOf(violations);
    }

    public Problem(ProblemKind kind, String detail, List<Violation> violations, String pointer) {
        this(kind, detail, violations, pointer, 0);
    }

    /// The same, known to be worth another try after so many seconds; 0 when nothing is known.
    public Problem after(long seconds) {
        return new Problem(kind, detail, violations, pointer, seconds);
    }

    public static Problem of(ProblemKind kind, String detail) {
        return new Problem(kind, detail, List.of(), "");
    }

    public static Problem at(String pointer, String detail) {
        return new Problem(ProblemKind.INVALID_REQUEST, detail, List.of(), pointer);
    }

    /// The `application/problem+json` document.
    public JsonObject document(String requestId) {
        var document =
                JsonValue.object()
                        .put("type", kind.uri())
                        .put("title", kind.title())
                        .put("status", kind.status())
                        .put("detail", detail)
                        .put("instance", "urn:soma:request:" + requestId)
                        .put("requestId", requestId);
        if (!pointer.isEmpty()) {
            document.put("pointer", pointer);
        }
        return document.put(
                        "violations",
                        JsonValue.array(violations.stream().map(Violation::document).toList()))
                .build();
    }
}
