package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Agent;
import dev.soma.kamachiq.work.Payloads.Announcement;
import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Payloads.Kept;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.ProbeResult;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ReportOrder;
import dev.soma.kamachiq.work.Payloads.ReviewOrder;
import dev.soma.kamachiq.work.Payloads.ReviewResult;
import dev.soma.kamachiq.work.Payloads.Shown;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import dev.soma.kamachiq.work.Payloads.ToolDone;
import dev.soma.kamachiq.work.Payloads.ToolOrder;
import dev.soma.kamachiq.work.Payloads.Understood;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.List;

/// What happens outside of workflows, without the rules and without a model. Each activity may run
/// twice and does the same then.
@ActivityInterface
public interface ProjectActivities {
    /// A specification into a plan.
    @ActivityMethod(name = "decompose_project")
    Plan decompose(ProjectOrder order);

    /// What a model is asked that is to say what a specification means.
    ///
    /// @return digest of the conversation
    @ActivityMethod(name = "askReading")
    String ask(ProjectOrder order);

    /// What a model understood, if it can be taken.
    ///
    /// @param conversation digest of what it was asked and said
    @ActivityMethod(name = "understand")
    Understood understand(ProjectOrder order, String conversation);

    /// What a fork takes over of the project that it goes on from.
    @ActivityMethod(name = "inheritWork")
    List<Kept> inherit(ProjectOrder order);

    /// An agent for a task.
    @ActivityMethod(name = "spawn_agent")
    Agent spawn(TaskOrder order);

    /// A capsule of the library does a task.
    ///
    /// @param words digest of the conversation in which a model was asked for words; empty without
    @ActivityMethod(name = "runCapsule")
    TaskResult runCapsule(TaskOrder order, Agent agent, String words);

    /// One tool call of an agent that a model moves.
    @ActivityMethod(name = "runTool")
    ToolDone runTool(ToolOrder order);

    /// The gate, over the work of a task or of all of them.
    @ActivityMethod(name = "evaluate_quality")
    ReviewResult evaluate(ReviewOrder order);

    /// Specifications for a model to show itself by.
    ///
    /// @return their digests
    @ActivityMethod(name = "drawProbes")
    List<String> drawProbes(CertificateOrder order, long seed, int count);

    /// Keeps what a model has shown.
    @ActivityMethod(name = "certifyModel")
    Shown certify(CertificateOrder order, List<ProbeResult> results);

    /// Enters what happened into the register, and tells it.
    @ActivityMethod(name = "emitOutbox")
    void announce(Announcement announcement);

    /// The report.
    @ActivityMethod(name = "finalize_project")
    ProjectResult finish(ReportOrder order);
}
