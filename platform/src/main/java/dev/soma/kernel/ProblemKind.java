package dev.soma.kernel;

import java.util.Locale;

/// Every way in which a request can be refused or fail, with its stable name on the wire.
public enum ProblemKind {
    BUDGET_EXHAUSTED(402, "The budget does not cover this request", false),
    BUDGET_MISSING(402, "No budget is set for this tenant", false),
    BODY_TOO_LARGE(413, "The request body is too large", false),
    CAPABILITY_MISSING(403, "The credential lacks a capability", false),
    CLAIM_MISMATCH(403, "The policy headers do not match a recorded decision", false),
    CONCURRENCY_EXCEEDED(429, "Too many turns run at once", true),
    CONSTITUTION_CHANGED(503, "The constitution changed while this request was judged", true),
    CONSTITUTION_MISSING(503, "No valid constitution is in force", true),
    CONTEXT_LENGTH_EXCEEDED(400, "The prompt is longer than the model's context", false),
    CONFLICT(409, "The request conflicts with the present state", false),
    CREDENTIAL_INVALID(401, "The credential is not valid", false),
    CREDENTIAL_MISSING(401, "A credential is needed", false),
    DEADLINE_EXCEEDED(504, "The deadline passed", false),
    ENGINE_UNAVAILABLE(503, "A service this platform depends on is not available", true),
    FOUR_EYES(403, "Somebody else has to do this", false),
    GOVERNANCE_STALE(503, "This node cannot prove that its rules are current", true),
    GONE(410, "That is not kept any more", false),
    HEADERS_TOO_LARGE(431, "The request headers are too large", false),
    INTERNAL_ERROR(500, "The platform failed", false),
    INVALID_REQUEST(400, "The request is not valid", false),
    KEY_REUSED(422, "The idempotency key was used for something else", false),
    KILLED(503, "This is stopped by a kill switch", false),
    LOOP_DETECTED(508, "The request has come through this platform before", false),
    METHOD_NOT_ALLOWED(405, "The method is not allowed here", false),
    MODEL_UNKNOWN(404, "The model is not known", false),
    NOT_FOUND(404, "There is nothing here", false),
    OUTPUT_REFUSED(403, "The policy refuses the answer", false),
    OVERLOADED(503, "Too much work is waiting", true),
    POLICY_DENIED(403, "The policy refuses this request", false),
    PROVIDER_FAILED(502, "The model provider failed", false),
    REVIEW_REQUIRED(403, "A person has to approve this request", false),
    SESSION_BUSY(409, "The session already runs a turn", false),
    SIGNATURES_NEEDED(403, "The signers have to approve this", false),
    UNSUPPORTED_MEDIA_TYPE(415, "The content type is not supported", false);

    private final int status;
    private final String title;
    private final boolean worthRetrying;

    ProblemKind(int status, String title, boolean worthRetrying) {
        this.status = status;
        this.title = title;
        this.worthRetrying = worthRetrying;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    /// True where the same request may succeed a little later.
    public boolean worthRetrying() {
        return worthRetrying;
    }

    /// The stable name, such as `budget_exhausted`.
    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The `type` of the problem document.
    public String uri() {
        return "urn:soma:problem:" + slug();
    }
}
