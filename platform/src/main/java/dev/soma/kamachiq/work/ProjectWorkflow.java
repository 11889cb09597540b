package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
import dev.soma.kamachiq.work.Payloads.Urgency;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/// A project from its specification to its report.
@WorkflowInterface
public interface ProjectWorkflow {
    @WorkflowMethod(name = "KamachiqProjectWorkflow")
    ProjectResult run(ProjectOrder order);

    @QueryMethod
    ProjectStatus status();

    /// What it was started with.
    @QueryMethod
    ProjectOrder order();

    /// Its tasks.
    @QueryMethod
    ProjectGraph graph();

    /// A task is to begin before others, or after them.
    @UpdateMethod
    void reprioritise(Urgency urgency);

    /// @throws IllegalStateException when the plan has no such task that is not over
    @UpdateValidatorMethod(updateName = "reprioritise")
    void mayReprioritise(Urgency urgency);

    /// Nothing begins any more; what runs goes on.
    @UpdateMethod
    void pause();

    @UpdateMethod
    void resume();

    /// Stops everything; what is there is reported.
    @UpdateMethod
    void cancel();

    /// A person's word on a project, or a task of it, that waits for one.
    @UpdateMethod
    void decide(HumanWord word);

    /// @throws IllegalStateException when nobody waits for it, or it is the submitter's own
    @UpdateValidatorMethod(updateName = "decide")
    void mayDecide(HumanWord word);
}
