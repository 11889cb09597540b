package dev.soma.conversation.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger.HoldRequest;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.DecisionRow;
import dev.soma.policy.Verdict;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// One turn's part of a group commit.
sealed interface TurnWrite {
    TurnKey key();

    /// What every write knows of its turn.
    ///
    /// @param row the decision, for the decision log
    /// @param implicit whether the session was made for this turn alone
    record TurnKey(UUID turn, DecisionRow row, String session, boolean implicit, String model) {
        UUID decision() {
            return row.id();
        }

        ActorContext actor() {
            return row.actor();
        }

        Verdict verdict() {
            return row.verdict();
        }
    }

    /// Wants to run.
    record Admit(TurnKey key, HoldRequest hold, CompletableFuture<Admission> done)
            implements TurnWrite {}

    /// Was refused by its verdict.
    record Refuse(TurnKey key, String reason, CompletableFuture<Boolean> done)
            implements TurnWrite {}

    /// Has ended.
    ///
    /// @param usage empty when nobody counted
    record End(TurnKey key, TurnEnd end, Optional<Usage> usage, CompletableFuture<Boolean> done)
            implements TurnWrite {}

    /// @param failure empty when it completed
    record TurnEnd(String finishReason, String textSha256, String failure) {
        /// Ends what an admission began whose commit nobody saw.
        static final String ADMISSION_UNKNOWN = "admission_unknown";
    }

    /// What the transaction said.
    sealed interface Admission {
        record Admitted() implements Admission {}

        record NotAdmitted(ProblemKind kind, String detail) implements Admission {}
    }
}
