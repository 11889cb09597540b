package dev.soma.policy;

import dev.soma.kernel.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// What people have to say to verdicts `review`. An approval bears the id of the decision that
/// asked
/// for it, is bound to the very request of the very user, and serves once. Thread-safe.
public interface Approvals {
    /// Uses up the approvals that the verdicts rest on, in the caller's transaction.
    ///
    /// @return the decisions that may go on: their approval was there and is used now
    Set<UUID> use(List<DecisionRow> rows);

    /// How an approval stands; empty when there is none. Reads the database.
    Optional<Standing> standing(TenantId tenant, UUID approval);

    /// @param expiresAt after which nobody can decide it, or use it, any more
    record Standing(State state, Instant expiresAt) {}

    /// How an approval can stand.
    enum State {
        OPEN,
        APPROVED,
        DENIED,
        EXPIRED
    }

    /// Takes back what [#use] did for decisions that do not go on after all, in the same
    /// transaction.
    void giveBack(List<UUID> decisions);
}
