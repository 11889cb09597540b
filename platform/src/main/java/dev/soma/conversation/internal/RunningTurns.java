package dev.soma.conversation.internal;

import dev.soma.conversation.internal.StopIntents.Intent;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.policy.Kill;
import dev.soma.policy.KillQuestion;
import dev.soma.policy.KillSwitches;
import dev.soma.policy.RunningWork;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// The turns of this process whose provider works, for the kill switch to reach. A turn enters
/// before it asks whether it may go on, and a kill is in force before it looks for turns, so none
/// is
/// missed. Thread-safe.
class RunningTurns implements RunningWork {
    private final KillSwitches switches;
    private final Map<UUID, Running> turns = new ConcurrentHashMap<>();

    /// Asked of turns that the provider does not work on yet.
    private final Map<UUID, Intent> early = new ConcurrentHashMap<>();

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
        turns.put(turn.id(), turn);
        Optional<Problem> killed = switches.blocking(turn.question()).map(Kill::problem);
        if (killed.isPresent()) {
            turns.remove(turn.id());
        }
        Intent intent = early.remove(turn.id());
        if (killed.isEmpty() && intent != null) {
            turn.stop(intent.reason(), intent.keep());
        }
        return killed;
    }

    /// Whether nothing stops calls of a model.
    boolean mayCall(ActorContext actor, String model) {
        return switches.blocking(KillQuestion.ofModel(actor, model)).isEmpty();
    }

    void leave(Running turn) {
        turns.remove(turn.id());
    }

    /// Stops turns of this node. One that was admitted and has not entered yet stops as it enters.
    ///
    /// @param asked everything that is asked and not done
    void stop(List<Intent> asked) {
        asked.forEach(this::stop);
        early.keySet().retainAll(asked.stream().map(Intent::turn).toList());
    }

    private void stop(Intent intent) {
        early.put(intent.turn(), intent);
        Running running = turns.get(intent.turn());
        if (running != null) {
            early.remove(intent.turn());
            running.stop(intent.reason(), intent.keep());
        }
    }

    @Override
    public void stopWhatIsKilled() {
        for (Running turn : turns.values()) {
            switches.blocking(turn.question())
                    .map(Kill::problem)
                    .ifPresent(
                            why -> {
                                turns.remove(turn.id());
                                turn.kill(why);
                            });
        }
    }
}
