package dev.soma.policy;

import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;

/// A stop that is in force for somebody.
///
/// @param target what is stopped, as its scope names it; empty with the platform
/// @param reason as the person gave it who stopped it
public record Kill(KillScope scope, String target, String reason) {
    /// What the one is told whom it stops.
    public Problem problem() {
        String what =
                scope == KillScope.PLATFORM
                        ? "The platform"
                        : "The %s '%s'".formatted(scope.wireName(), target);
        return Problem.of(ProblemKind.KILLED, "%s is stopped: %s".formatted(what, reason));
    }
}
