package dev.soma.identity.internal;

import dev.soma.kernel.TenantId;
import dev.soma.kernel.UserId;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Everything about credentials at one moment, immutable; replaced as a whole when something
/// changes.
record Directory(
        Map<UserKey, User> users,
        Map<String, ApiKey> apiKeys,
        Set<UUID> revokedTokens,
        List<SigningKey> signingKeys) {
    static final Directory EMPTY = new Directory(Map.of(), Map.of(), Set.of(), List.of());

    record UserKey(TenantId tenant, UserId id) {}

    record User(UserKey key, Set<String> capabilities, boolean active) {
        /// What of the wanted capabilities this user holds; `*` holds everything.
        Set<String> held(Set<String> wanted) {
            if (capabilities.contains("*")) {
                return wanted;
            }
            if (wanted.contains("*")) {
                return capabilities;
            }
            Set<String> both = new HashSet<>(wanted);
            both.retainAll(capabilities);
            return both;
        }
    }

    record ApiKey(
            String id,
            UserKey owner,
            String name,
            byte[] secretSha256,
            Set<String> capabilities,
            Instant expiresAt) {}

    record SigningKey(
            String kid,
            byte[] publicKey,
            byte[] sealedPrivate,
            Instant activeFrom,
            Instant retireAt) {
        boolean verifiesAt(Instant now) {
            return now.isBefore(retireAt);
        }
    }

    Optional<User> activeUser(UserKey key) {
        return Optional.ofNullable(users.get(key)).filter(User::active);
    }

    /// The newest key whose time to sign has come.
    Optional<SigningKey> signer(Instant now) {
        return signingKeys.stream()
                .filter(key -> !key.activeFrom().isAfter(now) && key.verifiesAt(now))
                .max((a, b) -> a.activeFrom().compareTo(b.activeFrom()));
    }

    Optional<SigningKey> verifier(String kid, Instant now) {
        return signingKeys.stream()
                .filter(key -> key.kid().equals(kid) && key.verifiesAt(now))
                .findFirst();
    }
}
