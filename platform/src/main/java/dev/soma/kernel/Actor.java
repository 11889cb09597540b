package dev.soma.kernel;

import java.util.Optional;
import java.util.Set;

/// Who acts: always a user, through a key, a token or the platform itself.
///
/// @param user the owner, whom four-eyes checks compare
/// @param credential id of the key or token used; empty for the platform's own work
/// @param capabilities what this credential may do, already cut down to what its owner holds
public record Actor(
        TenantId tenant, UserId user, Optional<String> credential, Set<String> capabilities) {
    /// Work that the platform does on its own account; its acts are logged like anybody's.
    public static final Actor SYSTEM =
            new Actor(
                    new TenantId("platform"), new UserId("system"), Optional.empty(), Set.of("*"));

    public Actor {
        capabilities = Set.copyOf(capabilities);
    }

    public boolean holds(String capability) {
        return capabilities.contains(capability) || capabilities.contains("*");
    }
}
