package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.Turns.Once;
import dev.soma.conversation.internal.JournalRepository.Entry;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger.HoldRequest;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.DecisionRow;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.Verdict;
import dev.soma.provider.CallReport;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// One turn's part of a group commit.
sealed interface TurnWrite {
    TurnKey key();

    /// What every write knows of its turn.
    ///
    /// @param row the decision, for the decision log
    /// @param recorded completes once the audit log has the decision on disk, or will not have it
    /// @param implicit whether the session was made for this turn alone
    record TurnKey(
            UUID turn,
            DecisionRow row,
            CompletableFuture<RecordedDecision> recorded,
            String session,
            boolean implicit,
            String model) {
        UUID decision() {
            return row.id();
        }

        ActorContext actor() {
            return row.actor();
        }

        Verdict verdict() {
            return row.verdict();
        }

        Place place() {
            return new Place(actor().tenant().value(), session);
        }
    }

    /// Wants to run.
    ///
    /// @param beginning its first event
    /// @param asked what it is asked, for the session's history
    record Admit(
            TurnKey key,
            HoldRequest hold,
            Beginning beginning,
            Asked asked,
            CompletableFuture<Admission> done)
            implements TurnWrite {}

    /// @param event the turn's first event
    /// @param told whether the caller hears it at once, so that it has to be in the journal before
    record Beginning(Began event, boolean told) {}

    /// @param input what the caller said, in the form of the history; empty without a session
    /// @param head the session's last number when its history was read; another turn came between
    /// if
    /// it is not the same any more
    /// @param after the turn that this one follows outside of sessions
    /// @param once when the request is to be done once
    record Asked(
            Optional<byte[]> input, OptionalLong head, Optional<UUID> after, Optional<Once> once) {
        static final Asked ALONE =
                new Asked(
                        Optional.empty(), OptionalLong.empty(), Optional.empty(), Optional.empty());
    }

    /// Was refused by its verdict.
    record Refuse(TurnKey key, String reason, CompletableFuture<Boolean> done)
            implements TurnWrite {}

    /// Wants to use more than it was admitted with.
    record Extend(TurnKey key, HoldRequest more, CompletableFuture<Boolean> done)
            implements TurnWrite {}

    /// Has said something.
    ///
    /// @param done tells false when another node has ended the turn
    record Append(TurnKey key, Frames frames, CompletableFuture<Boolean> done)
            implements TurnWrite {
        Entry entry() {
            return new Entry(key.place(), key.turn(), frames);
        }
    }

    /// Has ended.
    ///
    /// @param usage empty when nobody counted
    /// @param calls of providers that it made
    /// @param frames its last ones
    record End(
            TurnKey key,
            TurnEnd end,
            Optional<Usage> usage,
            List<CallReport> calls,
            Frames frames,
            CompletableFuture<Boolean> done)
            implements TurnWrite {
        Entry entry() {
            return new Entry(key.place(), key.turn(), frames);
        }
    }

    /// @param state of the turn from now on
    /// @param failure empty when it completed
    /// @param inHistory whether the next turn of the session hears of it
    record TurnEnd(
            State state,
            String finishReason,
            String textSha256,
            String failure,
            boolean inHistory) {
        /// Ends what an admission began whose commit nobody saw.
        static final String ADMISSION_UNKNOWN = "admission_unknown";

        /// In a word, as the audit log has it: why a whole answer ended, or what it failed of. What
        /// callers give as the reason of a stop is their own text, and stays out of the log.
        String outcome() {
            return switch (state) {
                case COMPLETED -> finishReason;
                case STOPPED -> "";
                case CUT, FAILED -> failure;
            };
        }

        static TurnEnd failed(String reason, String textSha256) {
            return new TurnEnd(State.FAILED, "", textSha256, reason, true);
        }
    }

    /// How a turn can end.
    enum State {
        COMPLETED,
        STOPPED,
        CUT,
        FAILED;

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What the transaction said.
    sealed interface Admission {
        /// @param first number of the turn's first event
        record Admitted(long first) implements Admission {}

        record NotAdmitted(ProblemKind kind, String detail) implements Admission {}
    }
}
