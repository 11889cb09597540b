package dev.soma.policy.internal.killswitch;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param killed stops the platform on this node from its start on, whatever the table says
/// @param switchesPerTenant switches that one tenant may have; one more is refused
/// @param liftRequestSeconds how long a request to lift the platform's switch waits for a second
/// user
@Settings("soma.killswitch")
record KillSwitchSettings(
        @DefaultValue("false") boolean killed,
        @DefaultValue("1000") int switchesPerTenant,
        @DefaultValue("900") int liftRequestSeconds) {
    KillSwitchSettings {
        if (switchesPerTenant < 1 || liftRequestSeconds < 1) {
            throw new IllegalArgumentException(
                    "'soma.killswitch.switches-per-tenant' and 'soma.killswitch.lift-request-seconds' must be at least 1");
        }
    }
}
