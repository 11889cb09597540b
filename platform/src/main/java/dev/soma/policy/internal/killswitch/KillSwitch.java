package dev.soma.policy.internal.killswitch;

import dev.soma.policy.Kill;
import dev.soma.policy.KillScope;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// One switch as the database holds it.
///
/// @param actor who brought it into its state, as `tenant/user`
/// @param lift the first of the two voices that it takes to lift the platform's switch
record KillSwitch(
        Key key,
        State state,
        String reason,
        String actor,
        UUID decision,
        Instant at,
        Optional<LiftRequest> lift) {
    /// Stands for every tenant.
    static final String EVERYBODY = "*";

    /// @param tenant whom it stops, or [#EVERYBODY]
    record Key(KillScope scope, String target, String tenant) {
        static final Key PLATFORM = new Key(KillScope.PLATFORM, "", EVERYBODY);
    }

    enum State {
        KILLED,
        LIFT_REQUESTED,
        LIFTED
    }

    /// @param actor as `tenant/user`
    record LiftRequest(String actor, String reason, Instant at) {}

    boolean inForce() {
        return state != State.LIFTED;
    }

    boolean byOperator() {
        return KillOrder.isOperator(actor);
    }

    Kill kill() {
        return new Kill(key.scope(), key.target(), reason);
    }
}
