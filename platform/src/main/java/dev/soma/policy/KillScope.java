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
