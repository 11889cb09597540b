package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
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

    /// Nothing begins any more; what runs goes on.
    @UpdateMethod
    void pause();

    @UpdateMethod
    void resume();

    /// Stops everything; what is there is reported.
    @UpdateMethod
    void cancel();

    /// A person's word on a project that waits for one.
    ///
    /// @param deliver whether what is there is delivered as part of what was asked; else it is
    /// rejected
    @UpdateMethod
    void decide(boolean deliver);

    /// @throws IllegalStateException when nobody waits for a word
    @UpdateValidatorMethod(updateName = "decide")
    void isAwaited(boolean deliver);
}
