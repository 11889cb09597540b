package dev.soma.events;

import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.Optional;
import java.util.UUID;

/// A fact to be told, before it has its place in the order of its key.
///
/// @param subject what it is about, such as a session id; `tenant:subject` is the key whose order
/// is kept
/// @param type CloudEvents type, such as `soma.conversation.turn.accepted`
/// @param origin trace and constitution of what caused it
public record EventDraft(
        UUID id,
        Topic topic,
        TenantId tenant,
        String subject,
        String type,
        JsonObject data,
        Origin origin) {

    /// Where an event came from.
    public record Origin(Optional<String> traceparent, Optional<String> constitutionHash) {
        public static final Origin NONE = new Origin(Optional.empty(), Optional.empty());

        public static Origin of(String traceparent, String constitutionHash) {
            return new Origin(Optional.of(traceparent), Optional.of(constitutionHash));
        }
    }

    public String partitionKey() {
        return partitionKey(tenant, subject);
    }

    /// The key within which events about a subject keep their order.
    public static String partitionKey(TenantId tenant, String subject) {
        return tenant + ":" + subject;
    }
}
