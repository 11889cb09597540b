package dev.soma.kamachiq.service;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;

/// One thing that a client does.
public sealed interface Step {
    /// A request over HTTP.
    ///
    /// @param body empty for none
    record Request(String method, String path, String body) implements Step {}

    /// A request that promises a larger body than is taken, and sends none of it.
    record Oversized(String method, String path) implements Step {}

    /// The service is stopped and started again.
    record Restart() implements Step {}

    /// As the driver reads it.
    default JsonObject document() {
        return switch (this) {
            case Request(String method, String path, String body) ->
                    JsonValue.object()
                            .put("method", method)
                            .put("path", path)
                            .put("body", body)
                            .build();
            case Oversized(String method, String path) ->
                    JsonValue.object()
                            .put("method", method)
                            .put("path", path)
                            .put("length", Service.MAX_BODY + 1L)
                            .build();
            case Restart() -> JsonValue.object().put("restart", JsonValue.of(true)).build();
        };
    }
}
