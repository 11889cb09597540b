package dev.soma.kernel;

import java.time.Instant;
import java.util.Optional;

/// Everything about a request that every layer needs; the first parameter of every module's
/// operations.
///
/// @param tenant the tenant acted upon, which is the actor's own unless an operator of the platform
/// acts
/// @param requestId echoed to the caller and found in logs, events and the audit log
/// @param hops platforms like this one that the request has passed already
/// @param deadline after which nobody waits for the answer any more
/// @param work the part of a project that it is made for, where an agent acts
public record ActorContext(
        Actor actor,
        TenantId tenant,
        String requestId,
        TraceContext trace,
        Instant deadline,
        int hops,
        Optional<Work> work) {
    /// A request that belongs to no project.
    public ActorContext(
            Actor actor,
            TenantId tenant,
            String requestId,
            TraceContext trace,
            Instant deadline,
            int hops) {
        this(actor, tenant, requestId, trace, deadline, hops, Optional.empty());
    }

    /// A request that has not passed another platform.
    public ActorContext(
            Actor actor, TenantId tenant, String requestId, TraceContext trace, Instant deadline) {
        this(actor, tenant, requestId, trace, deadline, 0);
    }

    public ActorContext inTenant(TenantId other) {
        return new ActorContext(actor, other, requestId, trace, deadline, hops, work);
    }

    /// The same for a part of a project.
    public ActorContext on(Work part) {
        return new ActorContext(actor, tenant, requestId, trace, deadline, hops, Optional.of(part));
    }
}
