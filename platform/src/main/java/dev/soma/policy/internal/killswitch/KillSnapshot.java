package dev.soma.policy.internal.killswitch;

import dev.soma.policy.Kill;
import dev.soma.policy.KillQuestion;
import dev.soma.policy.KillScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Everything that is stopped, as of one reading. Immutable.
///
/// @param forced whether this node's settings stop the platform, whatever the table says
record KillSnapshot(Map<KillSwitch.Key, KillSwitch> inForce, boolean forced) {
    static final Kill FORCED =
            new Kill(KillScope.PLATFORM, "", "the setting soma.killswitch.killed says so.");

    KillSnapshot {
        inForce = Map.copyOf(inForce);
    }

    static KillSnapshot of(List<KillSwitch> switches, boolean forced) {
        Map<KillSwitch.Key, KillSwitch> inForce = new LinkedHashMap<>();
        switches.stream()
                .filter(KillSwitch::inForce)
                .forEach(known -> inForce.put(known.key(), known));
        return new KillSnapshot(inForce, forced);
    }

    /// The widest stop that blocks this work. A few look-ups, however many stops there are.
    Optional<Kill> blocking(KillQuestion question) {
        if (forced) {
            return Optional.of(FORCED);
        }
        if (inForce.isEmpty()) {
            return Optional.empty();
        }
        for (KillScope scope : KillScope.values()) {
            Optional<Kill> found =
                    question.target(scope)
                            .flatMap(target -> find(scope, target, question.tenant().value()))
                            .map(KillSwitch::kill);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<KillSwitch> find(KillScope scope, String target, String tenant) {
        return Optional.ofNullable(
                        inForce.get(new KillSwitch.Key(scope, target, KillSwitch.EVERYBODY)))
                .or(
                        () ->
                                Optional.ofNullable(
                                        inForce.get(new KillSwitch.Key(scope, target, tenant))));
    }
}
