package dev.soma.metering;

import dev.soma.kernel.TenantId;
import dev.soma.kernel.UserId;
import dev.soma.kernel.Work;
import dev.soma.runtime.Pipeline.Answer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The budget ledger. At every instant and every level: settled + held <= limit + overdraft. All
/// operations run in
/// the caller's transaction, which must be short; accounts are locked deepest level first, then by
/// id. Who both settles and holds opens everything at once, so that no two transactions wait for
/// each other in a ring.
public interface Ledger {
    /// Locks the accounts on which turns hold something, and those on which the requests will.
    Opened open(List<UUID> turns, List<HoldRequest> requests);

    /// What turns hold, locked.
    interface Opened {
        /// Books what turns did cost and gives back the rest. Settling a turn again changes
        /// nothing.
        /// More than the hold is booked too, as overdraft, never hidden.
        ///
        /// @param settlements of turns that were opened
        void settle(List<Settlement> settlements);
    }

    /// Holds what each turn may cost at every level that has a budget, in the order of the list. A
    /// turn that does
    /// not fit at one level holds nothing at any.
    ///
    /// @return one outcome for each request, in order
    Answer<List<HoldOutcome>> hold(List<HoldRequest> requests);

    /// Holds more for a turn, on every account on which it holds something already.
    ///
    /// @return false when it does not fit on one of them, or the turn holds nothing; nothing is
    /// changed then
    boolean extend(HoldRequest more);

    /// Opens turns and settles them.
    default void settle(List<Settlement> settlements) {
        open(settlements.stream().map(Settlement::turn).toList(), List.of()).settle(settlements);
    }

    /// @param key id of the API key, where one was used
    /// @param work the part of a project that pays too, where there is one
    /// @param tokens upper bound of input and output together
    /// @param microUsd upper bound of the cost
    record HoldRequest(
            UUID turn,
            TenantId tenant,
            UserId user,
            Optional<String> key,
            Optional<Work> work,
            long tokens,
            long microUsd) {
        /// The same turn with other amounts.
        public HoldRequest withAmounts(long otherTokens, long otherMicroUsd) {
            return new HoldRequest(turn, tenant, user, key, work, otherTokens, otherMicroUsd);
        }
    }

    /// @param usage empty when nobody counted: then the whole hold is booked
    record Settlement(UUID turn, Optional<Usage> usage) {}

    record Usage(long inputTokens, long outputTokens, long microUsd) {
        public long tokens() {
            return Math.addExact(inputTokens, outputTokens);
        }
    }

    /// What came of a hold.
    sealed interface HoldOutcome {
        record Held() implements HoldOutcome {}

        /// @param scope such as `tenant/acme`
        /// @param left what is still free there, in the unit
        record DoesNotFit(String scope, String unit, long left) implements HoldOutcome {}

        /// The tenant, or the project, has no budget at all.
        record NoBudget() implements HoldOutcome {}
    }
}
