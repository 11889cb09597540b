package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Ruling;
import dev.soma.kamachiq.work.Payloads.RulingOrder;
import dev.soma.kamachiq.work.Payloads.StepDone;
import dev.soma.kamachiq.work.Payloads.StepOrder;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/// What takes the rules, the ledger and models: done by nodes that run turns, from a queue of their
/// own.
@ActivityInterface
public interface GovernedActivities {
    /// The queue.
    String QUEUE_SUFFIX = "-governed";

    /// Asks the rules whether a project, or a task of it, may begin, and records the answer. What
    /// may begin has its account in the ledger then.
    @ActivityMethod(name = "policyEvaluate")
    Ruling evaluate(RulingOrder order);

    /// Waits until what blocked has changed: fails, and so is tried again later, as long as it has
    /// not.
    ///
    /// @param blocked the ruling that is waited out
    @ActivityMethod(name = "awaitRuling")
    Ruling await(RulingOrder order, Ruling blocked);

    /// One step of a model: a turn of the conversation runtime, judged, paid and recorded like any
    /// other, and done once however often it is asked for.
    @ActivityMethod(name = "modelStep")
    StepDone step(StepOrder order);
}
