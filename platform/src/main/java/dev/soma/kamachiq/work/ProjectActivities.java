package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Agent;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ReportOrder;
import dev.soma.kamachiq.work.Payloads.ReviewOrder;
import dev.soma.kamachiq.work.Payloads.ReviewResult;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/// What happens outside of workflows. Each activity may run twice and does the same then.
@ActivityInterface
public interface ProjectActivities {
    /// A specification into a plan.
    @ActivityMethod(name = "decompose_project")
    Plan decompose(ProjectOrder order);

    /// An agent for a task.
    @ActivityMethod(name = "spawn_agent")
    Agent spawn(TaskOrder order);

    /// One tool call of an agent: a capsule of the library.
    @ActivityMethod(name = "runTool")
    TaskResult runTool(TaskOrder order, Agent agent);

    /// The gate, over the work as a whole.
    @ActivityMethod(name = "evaluate_quality")
    ReviewResult evaluate(ReviewOrder order);

    /// The report.
    @ActivityMethod(name = "finalize_project")
    ProjectResult finish(ReportOrder order);
}
