package dev.soma.kernel;

/// Name of a person or service account inside a tenant; every key and token is owned by one.
public record UserId(String value) {
    public UserId {
        Identifiers.requireSlug("user id", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
