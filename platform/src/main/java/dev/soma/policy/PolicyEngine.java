package dev.soma.policy;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Problem;
import dev.soma.kernel.TenantId;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// Judges and records. Thread-safe; `judge` reads memory only, `record` completes when the disk has
/// it.
public interface PolicyEngine {
    /// Judges a request by the constitution in force, the refusals it names and the tenant's rule
    /// pack. Any failure of a rule counts as a denial by that rule.
    Judgement judge(ActorContext actor, PolicyRequest request);

    /// Asks what memory does not know: the sequence rules, which remember the request where it goes
    /// on, and the approval that a caller names. Blocks nobody.
    ///
    /// @return the verdict that holds; fails when the database does not answer
    CompletableFuture<Judged> settle(ActorContext actor, Judged judged, Optional<UUID> approval);

    /// True while this node may answer under a verdict: it is current, and the verdict's
    /// constitution is still in force.
    boolean stands(Verdict verdict);

    /// What requests of a tenant can name; empty sets for a tenant that nobody knows.
    Vocabulary vocabulary(TenantId tenant);

    /// @param actions that the tenant's pack permits or judges, or the constitution prohibits
    /// @param tools of the tenant's registry
    /// @param state names the pack and the constitution that judge; without blanks
    record Vocabulary(Set<String> actions, Set<String> tools, String state) {
        public Vocabulary {
            actions = Set.copyOf(actions);
            tools = Set.copyOf(tools);
        }
    }

    /// Lets sequence rules forget a settled request that does not go on.
    void release(ActorContext actor, Judged judged);

    /// The longest that a turn may take under the constitution in force, in seconds.
    long wallClockSeconds();

    /// How many turns may run at once in one tenant under the constitution in force.
    OptionalLong maxConcurrentTurns();

    /// Appends the verdict on a turn to the audit log; an admission entry has to follow. The
    /// recording's row belongs into the transaction that admits or refuses the turn.
    Recording record(ActorContext actor, Judged judged);

    /// Appends what became of a recorded verdict, without waiting for the disk; a start reconciles
    /// what a crash lost.
    ///
    /// @param reason empty when the turn was admitted
    void recordAdmission(RecordedDecision decision, UUID turn, String reason);

    /// Makes guards for the answer of one turn, by the constitution in force; empty when there is
    /// none.
    Optional<Supplier<OutputGuard>> outputGuards();

    /// Appends that a turn's answer broke a rule and was cut, without waiting for the disk.
    void recordCut(RecordedDecision decision, UUID turn, OutputGuard.Breach breach);

    /// Appends how an admitted turn ended, without waiting for the disk; a start makes up for what
    /// a
    /// crash lost.
    void recordTurn(RecordedDecision decision, TurnRecord turn);

    /// Records a verdict that somebody else acts on: in the audit log and in the decision log.
    ///
    /// @return completes when both have it, fails when nothing may be done in its name
    CompletableFuture<RecordedDecision> recordEvaluation(ActorContext actor, Judged judged);

    /// Settles a verdict that somebody else acts on, and records what came of it.
    ///
    /// @return as of [#settle] and [#recordEvaluation]
    default CompletableFuture<RecordedDecision> decide(
            ActorContext actor, Judged judged, Optional<UUID> approval) {
        return settle(actor, judged, approval)
                .thenCompose(settled -> recordEvaluation(actor, settled));
    }

    /// What came of judging.
    sealed interface Judgement permits Judged, Impossible {}

    /// @param input what was judged, for the decision log
    ///
    /// @param sequences what sequence rules have to be asked, or were
    record Judged(Verdict verdict, JudgedInput input, Optional<SequenceWork> sequences)
            implements Judgement {
        /// The same, approved by a person.
        public Judged approvedBy(UUID approval) {
            return new Judged(verdict.approvedBy(approval), input, sequences);
        }

        /// Whether the verdict still depends on what memory does not know.
        public boolean isOpen(Optional<UUID> approval) {
            return switch (verdict.word()) {
                case DENY -> false;
                case REVIEW -> sequences.isPresent() || approval.isPresent();
                case ALLOW -> sequences.isPresent();
            };
        }
    }

    /// What sequence rules have to be asked; only the engine reads it.
    interface SequenceWork {}

    /// There is nothing to judge by.
    record Impossible(Problem problem) implements Judgement {}

    /// A verdict on its way to the disk.
    ///
    /// @param row for the decision log
    /// @param durable completes when the disk has it, fails when it never will
    record Recording(DecisionRow row, CompletableFuture<RecordedDecision> durable) {}

    /// A verdict that is on disk.
    ///
    /// @param logIndex its place in the log of `logOrigin`
    record RecordedDecision(
            UUID id, Verdict verdict, String logOrigin, long logIndex, Permit permit) {}
}
