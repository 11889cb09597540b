package dev.soma.policy.internal.killswitch;

import dev.soma.policy.KillScope;
import dev.soma.policy.internal.killswitch.KillSwitch.LiftRequest;
import dev.soma.policy.internal.killswitch.KillSwitch.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The life of one switch, without clock or database. Repeating an order changes nothing.
final class KillSwitchLifecycle {
    private KillSwitchLifecycle() {}

    /// What an order does.
    sealed interface Step {
        record Changed(KillSwitch next) implements Step {}

        /// It is as it should be already.
        record Unchanged(KillSwitch present) implements Step {}

        /// There is nothing to lift.
        record Absent() implements Step {}

        /// An operator's stop is for operators to lift.
        record OperatorsOnly() implements Step {}

        /// The tenant has as many switches in force as it may have.
        record TooMany() implements Step {}
    }

    /// @param now by the database's clock, which all nodes share
    /// @param patience how long a request to lift waits for its second voice
    static Step step(
            Optional<KillSwitch> present, KillOrder order, Instant now, Duration patience) {
        return switch (order.action()) {
            case KILL -> kill(present, order, now);
            case LIFT ->
                    present.map(known -> lift(known, order, now, patience))
                            .orElse(new Step.Absent());
        };
    }

    /// A kill withdraws a request to lift. An operator's takes over a tenant's, which the tenant
    /// could lift.
    private static Step kill(Optional<KillSwitch> present, KillOrder order, Instant now) {
        boolean stands =
                present.filter(known -> known.state() == State.KILLED)
                        .filter(known -> known.byOperator() || !KillOrder.isOperator(order.actor()))
                        .isPresent();
        return stands
                ? new Step.Unchanged(present.get())
                : new Step.Changed(next(order, State.KILLED, now));
    }

    private static KillSwitch next(KillOrder order, State state, Instant now) {
        return new KillSwitch(
                order.key(),
                state,
                order.reason(),
                order.actor(),
                order.decision(),
                now,
                Optional.empty());
    }

    private static Step lift(KillSwitch known, KillOrder order, Instant now, Duration patience) {
        if (!known.inForce()) {
            return new Step.Unchanged(known);
        }
        if (known.byOperator() && !KillOrder.isOperator(order.actor())) {
            return new Step.OperatorsOnly();
        }
        if (known.key().scope() != KillScope.PLATFORM) {
            return new Step.Changed(next(order, State.LIFTED, now));
        }
        Optional<LiftRequest> waiting =
                known.lift().filter(lift -> now.isBefore(lift.at().plus(patience)));
        if (waiting.isEmpty()) {
            return new Step.Changed(requested(known, order, now));
        }
        return waiting.get().actor().equals(order.actor())
                ? new Step.Unchanged(known)
                : new Step.Changed(next(order, State.LIFTED, now));
    }

    private static KillSwitch requested(KillSwitch known, KillOrder order, Instant now) {
        return new KillSwitch(
                known.key(),
                State.LIFT_REQUESTED,
                known.reason(),
                known.actor(),
                order.decision(),
                known.at(),
                Optional.of(new LiftRequest(order.actor(), order.reason(), now)));
    }
}
