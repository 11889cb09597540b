package dev.soma.conversation.internal;

import dev.soma.kernel.TenantId;
import dev.soma.policy.Approvals;
import dev.soma.policy.Approvals.Standing;
import dev.soma.policy.Approvals.State;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/// Waits for people. No money is held meanwhile and no session is taken; what waits is only the
/// caller's connection and one virtual thread. Thread-safe.
class Reviews {
    private static final Logger log = LoggerFactory.getLogger(Reviews.class);
    private static final int LOOK_MILLIS = 250;

    private final Approvals approvals;

    Reviews(Approvals approvals) {
        this.approvals = approvals;
    }

    /// Hears of one review, on a thread of its own.
    interface Waiting {
        /// It waits until then at the latest.
        void until(Instant expiresAt);

        /// Approved, denied or expired.
        void over(State state);
    }

    /// @param gone whether the caller has left, so that nobody waits any more
    void await(TenantId tenant, UUID approval, BooleanSupplier gone, Waiting waiting) {
        Thread.ofVirtual().name("review").start(() -> look(tenant, approval, gone, waiting));
    }

    private void look(TenantId tenant, UUID approval, BooleanSupplier gone, Waiting waiting) {
        boolean told = false;
        try {
            while (!gone.getAsBoolean()) {
                Optional<Standing> standing = standing(tenant, approval);
                if (standing.isPresent() && standing.get().state() != State.OPEN) {
                    waiting.over(standing.get().state());
                    return;
                }
                if (standing.isPresent() && !told) {
                    waiting.until(standing.get().expiresAt());
                    told = true;
                }
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A database that does not answer for a moment decides nothing.
    private Optional<Standing> standing(TenantId tenant, UUID approval) {
        try {
            return approvals.standing(tenant, approval);
        } catch (DataAccessException e) {
            log.atWarn().log("an approval cannot be read; tried again");
            return Optional.empty();
        }
    }
}
