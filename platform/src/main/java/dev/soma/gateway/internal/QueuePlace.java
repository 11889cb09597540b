package dev.soma.gateway.internal;

import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;

/// Where a turn stands that waits for a provider, as dialects tell it.
final class QueuePlace {
    private QueuePlace() {}

    static JsonObject document(Queued place) {
        var document = JsonValue.object().put("position", place.position());
        place.waitMillis().ifPresent(millis -> document.put("estimated_wait_ms", millis));
        return document.build();
    }
}
