package dev.soma.kernel;

import java.time.Instant;

/// Everything about a request that every layer needs; the first parameter of every module's
/// operations.
///
/// @param tenant the tenant acted upon, which is the actor's own unless an operator of the platform
/// acts
/// @param requestId echoed to the caller and found in logs, events and the audit log
/// @param hops platforms like this one that the request has passed already
/// @param deadline after which nobody waits for the answer any more
public record ActorContext(
        Actor actor,
        TenantId tenant,
        String requestId,
        TraceContext trace,
        Instant deadline,
        int hops) {
    /// A request that has not passed another platform.
    public ActorContext(
            Actor actor, TenantId tenant, String requestId, TraceContext trace, Instant deadline) {
        this(actor, tenant, requestId, trace, deadline, 0);
    }

    public ActorContext inTenant(TenantId other) {
        return new ActorContext(actor, other, requestId, trace, deadline, hops);
    }
}
