package dev.soma.slm;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// A request that is answered with an error: the HTTP status and the OpenAI error envelope.
///
/// `param` names a top-level field by its name and anything deeper by its JSON Pointer.
record Refusal(
        int status,
        String type,
        String code,
        String message,
        Optional<String> param,
        Optional<Long> retryAfterSeconds) {

    static Refusal invalid(String code, String param, String message) {
        return new Refusal(
                400,
                "invalid_request_error",
                code,
                message,
                Optional.of(param).filter(name -> !name.isEmpty()),
                Optional.empty());
    }

    static Refusal of(int status, String code, String message) {
        String type = status < 500 ? "invalid_request_error" : "server_error";
        return new Refusal(status, type, code, message, Optional.empty(), Optional.empty());
    }

    static Refusal busy(String code, String message, long retryAfterSeconds) {
        return new Refusal(
                503,
                "server_error",
                code,
                message,
                Optional.empty(),
                Optional.of(retryAfterSeconds));
    }

    ObjectNode envelope() {
        ObjectNode error = Json.object();
        error.put("message", message);
        error.put("type", type);
        error.put("param", param.orElse(null));
        error.put("code", code);
        ObjectNode document = Json.object();
        document.set("error", error);
        return document;
    }
}
