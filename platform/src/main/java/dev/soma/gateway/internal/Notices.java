package dev.soma.gateway.internal;

import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;

/// What dialects tell beside the answer, for which they have no words of their own.
final class Notices {
    private Notices() {}

    /// Where a turn stands that waits for a provider.
    static JsonObject of(Queued place) {
        var document = JsonValue.object().put("position", place.position());
        place.waitMillis().ifPresent(millis -> document.put("estimated_wait_ms", millis));
        return document.build();
    }

    /// Which model goes on, and why.
    static JsonObject of(Switched to) {
        return JsonValue.object()
                .put("from", to.from())
                .put("to", to.to())
                .put("reason", to.reason())
                .put("attempt", to.attempt())
                .build();
    }
}
