package dev.soma.gateway.internal;

import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// How a family of routes tells errors.
enum ErrorShape {
    /// RFC 9457.
    PROBLEM("application/problem+json") {
        @Override
        JsonObject document(Problem problem, String requestId) {
            return problem.document(requestId);
        }
    },

    /// OpenAI's envelope, with the problem's slug as its code.
    OPENAI("application/json") {
        @Override
        JsonObject document(Problem problem, String requestId) {
            JsonValue param =
                    problem.pointer().isEmpty() ? new JsonNull() : JsonValue.of(problem.pointer());
            var error =
                    JsonValue.object()
                            .put("message", problem.kind().title() + ". " + problem.detail())
                            .put("type", openAiType(problem.kind()))
                            .put("param", param)
                            .put("code", openAiCode(problem.kind()));
            if (!problem.violations().isEmpty()) {
                error.put(
                        "violations",
                        problem.document(requestId).get("violations").orElse(new JsonNull()));
            }
            return JsonValue.object().put("error", error.build()).build();
        }
    },

    /// Anthropic's envelope.
    ANTHROPIC("application/json") {
        @Override
        JsonObject document(Problem problem, String requestId) {
            var error =
                    JsonValue.object()
                            .put("type", anthropicType(problem.kind()))
                            .put("message", problem.kind().title() + ". " + problem.detail())
                            .put("code", problem.kind().slug());
            if (!problem.violations().isEmpty()) {
                error.put(
                        "violations",
                        problem.document(requestId).get("violations").orElse(new JsonNull()));
            }
            return JsonValue.object()
                    .put("type", "error")
                    .put("error", error.build())
                    .put("request_id", requestId)
                    .build();
        }
    };

    /// Answers that the official clients would send again on their own, to no use.
    private static final Set<ProblemKind> NEVER_RETRY =
            Set.of(
                    ProblemKind.BUDGET_EXHAUSTED,
                    ProblemKind.BUDGET_MISSING,
                    ProblemKind.CONFLICT,
                    ProblemKind.KILLED,
                    ProblemKind.LOOP_DETECTED,
                    ProblemKind.SESSION_BUSY,
                    ProblemKind.PROVIDER_FAILED);

    private final String contentType;

    ErrorShape(String contentType) {
        this.contentType = contentType;
    }

    abstract JsonObject document(Problem problem, String requestId);

    String contentType() {
        return contentType;
    }

    byte[] render(Problem problem, String requestId) {
        return CanonicalJson.JCS.bytes(document(problem, requestId));
    }

    Map<String, String> headers(Problem problem) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Problem-Type", problem.kind().uri());
        if (problem.kind().worthRetrying()) {
            headers.put("Retry-After", Long.toString(Math.max(1, problem.retryAfterSeconds())));
        }
        if (NEVER_RETRY.contains(problem.kind())) {
            headers.put("x-should-retry", "false");
        }
        return headers;
    }

    private static String openAiType(ProblemKind kind) {
        return switch (kind.status()) {
            case 401 -> "authentication_error";
            case 402 -> "insufficient_quota";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            default -> kind.status() < 500 ? "invalid_request_error" : "server_error";
        };
    }

    private static String anthropicType(ProblemKind kind) {
        return switch (kind.status()) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503 -> "overloaded_error";
            case 504 -> "timeout_error";
            default -> kind.status() < 500 ? "invalid_request_error" : "api_error";
        };
    }

    private static String openAiCode(ProblemKind kind) {
        return switch (kind) {
            case BUDGET_EXHAUSTED, BUDGET_MISSING -> "insufficient_quota";
            case MODEL_UNKNOWN -> "model_not_found";
            case CREDENTIAL_INVALID, CREDENTIAL_MISSING -> "invalid_api_key";
            default -> kind.slug();
        };
    }
}
