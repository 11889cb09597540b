package dev.soma.kamachiq.work;

import dev.soma.kamachiq.agent.Progress;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.work.Payloads.Agent;
import dev.soma.kamachiq.work.Payloads.Form;
import dev.soma.kamachiq.work.Payloads.ReviewOrder;
import dev.soma.kamachiq.work.Payloads.Ruling;
import dev.soma.kamachiq.work.Payloads.RulingOrder;
import dev.soma.kamachiq.work.Payloads.Spent;
import dev.soma.kamachiq.work.Payloads.StepDone;
import dev.soma.kamachiq.work.Payloads.StepOrder;
import dev.soma.kamachiq.work.Payloads.Stop;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import dev.soma.kamachiq.work.Payloads.ToolDone;
import dev.soma.kamachiq.work.Payloads.ToolOrder;
import dev.soma.kamachiq.work.Payloads.Why;
import dev.soma.kamachiq.work.Payloads.Word;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.CanceledFailure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// [AgentTaskWorkflow]. Whatever ends a try is a result, so that the project decides what follows.
public class AgentTask implements AgentTaskWorkflow {
    private static final String REVIEW = TaskType.REVIEW.name();

    /// A review makes nothing; it looks at what there is.
    private static final TaskResult NOTHING =
            new TaskResult(Map.of(), List.of(), Stop.NONE, "", Spent.NOTHING);

    /// Share of the budget, in basis points, from which models are told less.
    private static final int BRIEF = 7_000;

    @Override
    public TaskResult run(TaskOrder order) {
        try {
            Optional<Stop> stop = stop(Stubs.ruling().evaluate(question(order)));
            if (stop.isPresent()) {
                return TaskResult.stopped(stop.get());
            }
            TaskResult made = order.task().type().equals(REVIEW) ? NOTHING : made(order);
            return made.stop().why() == Why.NONE ? reviewed(order, made) : made;
        } catch (ActivityFailure failure) {
            if (failure.getCause() instanceof CanceledFailure) {
                throw failure;
            }
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            return TaskResult.stopped(Stop.failed(String.valueOf(cause.getMessage())));
        }
    }

    private static TaskResult made(TaskOrder order) {
        Agent agent = Stubs.work().spawn(order);
        if (!order.model().isEmpty() && agent.capsule().isEmpty()) {
            return loop(order, agent);
        }
        StepDone said = words(order, agent);
        return Stubs.work().runCapsule(order, agent, said.conversation()).costing(said.spent());
    }

    private static RulingOrder question(TaskOrder order) {
        return new RulingOrder(
                order.project(), order.task().id(), order.task().persona(), order.approval());
    }

    private static Optional<Stop> stop(Ruling ruling) {
        return switch (ruling.word()) {
            case ALLOW -> Optional.empty();
            case DENY -> Optional.of(new Stop(Why.DENIED, ruling.detail(), ""));
            case BLOCK -> Optional.of(blocked(ruling));
        };
    }

    /// When it goes on, the steps before are in the journal.
    private static Stop blocked(Ruling ruling) {
        return new Stop(Why.BLOCKED, ruling.detail(), ruling.approval());
    }

    /// What a model says where the library asks for words. A task never fails for the want of them.
    private static StepDone words(TaskOrder order, Agent agent) {
        if (agent.conversation().isEmpty()) {
            return StepDone.NONE;
        }
        try {
            return Stubs.step()
                    .step(new StepOrder(order, 0, agent.conversation(), Form.WORDS, false));
        } catch (ActivityFailure failure) {
            if (failure.getCause() instanceof CanceledFailure) {
                throw failure;
            }
            return StepDone.NONE;
        }
    }

    /// A model thinks, its tools are used, and again, until it says that it is done or has to be
    /// stopped.
    private static TaskResult loop(TaskOrder order, Agent agent) {
        Progress progress = new Progress();
        String conversation = agent.conversation();
        Map<String, String> files = new TreeMap<>();
        Spent spent = Spent.NOTHING;
        for (int step = 0; ; step++) {
            StepDone done =
                    Stubs.step()
                            .step(
                                    new StepOrder(
                                            order,
                                            step,
                                            conversation,
                                            Form.TOOLS,
                                            spent.share() >= BRIEF));
            spent = done.spent();
            if (done.stop().why() != Why.NONE) {
                return TaskResult.stopped(done.stop()).costing(spent);
            }
            conversation = done.conversation();
            if (done.calls().isEmpty()) {
                return made(files).costing(spent);
            }
            for (int call = 0; call < done.calls().size(); call++) {
                Ruling ruling = done.calls().get(call);
                if (ruling.word() == Word.BLOCK) {
                    return TaskResult.stopped(blocked(ruling)).costing(spent);
                }
                ToolDone used =
                        Stubs.work()
                                .runTool(
                                        new ToolOrder(
                                                order,
                                                conversation,
                                                call,
                                                files,
                                                ruling.word() == Word.DENY ? ruling.detail() : ""));
                if (used.finished()) {
                    return made(files).costing(spent);
                }
                conversation = used.conversation();
                files = used.files();
                Optional<String> stuck = progress.saw(used.state());
                if (stuck.isPresent()) {
                    return TaskResult.stopped(Stop.failed("the agent was stopped: " + stuck.get()));
                }
            }
        }
    }

    private static TaskResult made(Map<String, String> files) {
        return files.isEmpty()
                ? TaskResult.stopped(Stop.failed("the agent wrote nothing"))
                : new TaskResult(files, List.of(), Stop.NONE, "", Spent.NOTHING);
    }

    private static TaskResult reviewed(TaskOrder order, TaskResult made) {
        Map<String, String> files = new TreeMap<>(order.inputs());
        files.putAll(made.files());
        return new TaskResult(
                made.files(),
                List.of(
                        Stubs.review()
                                .evaluate(
                                        new ReviewOrder(
                                                order.project(),
                                                order.task().id(),
                                                order.model(),
                                                files))),
                Stop.NONE,
                made.wording(),
                made.spent());
    }
}
