package dev.soma.tenancy;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import java.util.List;

/// The tenants of this platform. Thread-safe; `exists` reads memory.
public interface Tenants {
    boolean exists(TenantId tenant);

    /// Every tenant that is known, in order.
    List<TenantId> ids();

    CreateOutcome create(ActorContext actor, Permit permit, Tenant tenant);

    /// All tenants in the order of their ids, for operators of the platform.
    List<Tenant> list(ActorContext actor);

    /// What came of creating a tenant.
    sealed interface CreateOutcome {
        record Created(Tenant tenant) implements CreateOutcome {}

        record AlreadyThere(Tenant tenant) implements CreateOutcome {}

        record Reserved(String reason) implements CreateOutcome {}
    }
}
