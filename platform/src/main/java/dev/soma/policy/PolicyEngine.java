package dev.soma.policy;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Problem;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// Judges and records. Thread-safe; `judge` reads memory only, `record` completes when the disk has
/// it.
public interface PolicyEngine {
    /// Judges a request by the constitution in force and the tenant's rule pack. Any failure of a
    /// rule counts as a
    /// denial by that rule.
    Judgement judge(ActorContext actor, PolicyRequest request);

    /// The longest that a turn may take under the constitution in force, in seconds.
    long wallClockSeconds();

    /// Appends the verdict to the audit log.
    Recording record(ActorContext actor, PolicyRequest request, Verdict verdict);

    /// Appends what became of a recorded verdict, without waiting for the disk; a start reconciles
    /// what a crash lost.
    ///
    /// @param reason empty when the turn was admitted
    void recordAdmission(RecordedDecision decision, UUID turn, String reason);

    /// What came of judging.
    sealed interface Judgement {
        record Judged(Verdict verdict) implements Judgement {}

        /// There is nothing to judge by.
        record Impossible(Problem problem) implements Judgement {}
    }

    /// A verdict on its way to the disk.
    ///
    /// @param id of the decision, known at once
    /// @param durable completes when the disk has it, fails when it never will
    record Recording(UUID id, CompletableFuture<RecordedDecision> durable) {}

    /// A verdict that is on disk.
    ///
    /// @param logIndex its place in the log of `logOrigin`
    record RecordedDecision(
            UUID id, Verdict verdict, String logOrigin, long logIndex, Permit permit) {}
}
