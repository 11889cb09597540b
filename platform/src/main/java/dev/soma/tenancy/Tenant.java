package dev.soma.tenancy;

import dev.soma.kernel.TenantId;

/// @param organisation who owns it; only a label
public record Tenant(TenantId id, String organisation) {}
