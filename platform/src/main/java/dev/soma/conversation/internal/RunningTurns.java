package dev.soma.conversation.internal;

import dev.soma.kernel.Problem;
import dev.soma.policy.Kill;
import dev.soma.policy.KillQuestion;
import dev.soma.policy.KillSwitches;
import dev.soma.policy.RunningWork;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// The turns of this process whose provider works, for the kill switch to reach. A turn enters
/// before it asks whether it may go on, and a kill is in force before it looks for turns, so none
/// is
/// missed. Thread-safe.
class RunningTurns implements RunningWork {
    private final KillSwitches switches;
    private final Set<Running> turns = ConcurrentHashMap.newKeySet();

    RunningTurns(KillSwitches switches) {
        this.switches = switches;
    }

    /// A turn that can be stopped from any thread.
    interface Running {
        UUID id();

        KillQuestion question();

        void kill(Problem why);

        /// @param keep whether what it said stays in the session's history
        void stop(String reason, boolean keep);
    }

    /// Enters a turn.
    ///
    /// @return what stops it already; the turn has left again then
    Optional<Problem> enter(Running turn) {
        turns.add(turn);
        Optional<Problem> killed = switches.blocking(turn.question()).map(Kill::problem);
        if (killed.isPresent()) {
            turns.remove(turn);
        }
        return killed;
    }

    void leave(Running turn) {
        turns.remove(turn);
    }

    /// Stops a turn if it runs here.
    void stop(UUID turn, String reason, boolean keep) {
        for (Running running : turns) {
            if (running.id().equals(turn)) {
                running.stop(reason, keep);
            }
        }
    }

    @Override
    public void stopWhatIsKilled() {
        for (Running turn : turns) {
            switches.blocking(turn.question())
                    .map(Kill::problem)
                    .ifPresent(
                            why -> {
                                turns.remove(turn);
                                turn.kill(why);
                            });
        }
    }
}
