package dev.soma.policy.internal.killswitch;

import dev.soma.kernel.Actor;
import java.util.Locale;
import java.util.UUID;

/// Somebody's wish about one switch.
///
/// @param actor as `tenant/user`: two keys of one user are one actor
record KillOrder(KillSwitch.Key key, Action action, String reason, String actor, UUID decision) {
    enum Action {
        KILL,
        LIFT;

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static String actor(Actor actor) {
        return actor.tenant() + "/" + actor.user().value();
    }

    /// A name of a tenant holds no slash, so nobody else's actor begins like this.
    static boolean isOperator(String actor) {
        return actor.startsWith(Actor.SYSTEM.tenant() + "/");
    }
}
