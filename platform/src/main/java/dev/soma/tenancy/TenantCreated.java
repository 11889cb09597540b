package dev.soma.tenancy;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;

/// Told in the transaction that creates a tenant, so that modules below can give it what every
/// tenant has.
public record TenantCreated(ActorContext actor, Permit permit, TenantId tenant) {}
