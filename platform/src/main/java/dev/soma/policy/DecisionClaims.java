package dev.soma.policy;

import dev.soma.kernel.ActorContext;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// What was decided, for checking what others say of it. Thread-safe; blocks nobody.
public interface DecisionClaims {
    /// A decision of the actor's tenant that was recorded; fails when the database does not answer.
    CompletableFuture<Optional<Known>> known(ActorContext actor, UUID decision);

    /// @param word on the wire
    /// @param inForce whether it was made under the constitution in force
    record Known(String word, String score, String constitutionHash, boolean inForce) {}

    /// Appends to the audit log that somebody claimed a decision that was not made so, without
    /// waiting
    /// for the disk.
    void recordForged(ActorContext actor, String claimed);
}
