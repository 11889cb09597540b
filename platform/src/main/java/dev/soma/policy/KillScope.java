package dev.soma.policy;

import java.util.Locale;
import java.util.Optional;

/// What a kill switch can stop, from the widest to the narrowest.
public enum KillScope {
    PLATFORM,
    TENANT,
    PROJECT,
    AGENT,
    TOOL,
    MODEL,
    PERSONA;

    /// Whether there may be many of them, so that their number has to be bounded; there is one
    /// switch for the platform and one for each tenant, and always room for it.
    public boolean isBounded() {
        return this != PLATFORM && this != TENANT;
    }

    /// As it stands on the wire, such as `model`.
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Empty when there is no such scope.
    public static Optional<KillScope> named(String wireName) {
        for (KillScope scope : values()) {
            if (scope.wireName().equals(wireName)) {
                return Optional.of(scope);
            }
        }
        return Optional.empty();
    }
}
