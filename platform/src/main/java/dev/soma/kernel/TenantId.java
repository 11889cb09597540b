package dev.soma.kernel;

/// Name of a tenant: the wall that no read or write crosses.
public record TenantId(String value) {
    public TenantId {
        Identifiers.requireSlug("tenant id", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
