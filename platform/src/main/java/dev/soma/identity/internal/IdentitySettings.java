package dev.soma.identity.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param issuer `iss` of tokens
/// @param tokenSeconds how long a token is valid
/// @param keyRotationSeconds how long a key signs
/// @param keyOverlapSeconds how long a new key is published before it signs
/// @param bootstrapSeconds how long the first administrator's secret is valid
/// @param loginFailures after which a user is locked
/// @param loginLockSeconds how long the lock lasts
@Settings("soma.identity")
record IdentitySettings(
        @DefaultValue("soma") String issuer,
        @DefaultValue("3600") int tokenSeconds,
        @DefaultValue("3600") int keyRotationSeconds,
        @DefaultValue("300") int keyOverlapSeconds,
        @DefaultValue("900") int bootstrapSeconds,
        @DefaultValue("5") int loginFailures,
        @DefaultValue("900") int loginLockSeconds) {}
