package dev.soma.kamachiq.work;

import dev.soma.kamachiq.plan.Board;
import dev.soma.kamachiq.plan.Join;
import dev.soma.kamachiq.plan.TaskNode;
import dev.soma.kamachiq.plan.TaskState;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.plan.Verdict;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.PlannedTask;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
import dev.soma.kamachiq.work.Payloads.ReportOrder;
import dev.soma.kamachiq.work.Payloads.ReviewOrder;
import dev.soma.kamachiq.work.Payloads.ReviewResult;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import io.temporal.activity.ActivityOptions;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.common.RetryOptions;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// [ProjectWorkflow]. Every event wakes it, and it begins whatever may begin then; there are no
/// rounds. Failures of tasks come back as values.
public class Project implements ProjectWorkflow {
    private static final int AGENTS = 10;
    private static final int SHOWN_REASONS = 20;

    private final ProjectOrder order;
    private final List<String> reasons = new ArrayList<>();
    private final Map<String, String> files = new TreeMap<>();
    private final Map<String, Integer> generations = new TreeMap<>();
    private @Nullable Board board;
    private @Nullable CancellationScope work;
    private @Nullable Boolean decision;
    private String phase = "INTAKE";
    private boolean paused;
    private boolean cancelled;
    private long events;

    @WorkflowInit
    public Project(ProjectOrder order) {
        this.order = order;
    }

    private static ProjectActivities activities(Duration once, Duration all, int attempts) {
        return activities(once, all, attempts, Duration.ZERO);
    }

    /// @param beat within which a worker that is at it has to say so; zero for short work
    private static ProjectActivities activities(
            Duration once, Duration all, int attempts, Duration beat) {
        return Workflow.newActivityStub(
                ProjectActivities.class,
                ActivityOptions.newBuilder()
                        .setHeartbeatTimeout(beat)
                        .setStartToCloseTimeout(once)
                        .setScheduleToCloseTimeout(all)
                        .setRetryOptions(
                                RetryOptions.newBuilder().setMaximumAttempts(attempts).build())
                        .build());
    }

    @Override
    public ProjectResult run(ProjectOrder same) {
        Outcome[] outcome = {new Outcome(Verdict.FAILED, "")};
        CancellationScope scope = Workflow.newCancellationScope(() -> outcome[0] = carryOut());
        work = scope;
        try {
            scope.run();
        } catch (CanceledFailure stopped) {
            outcome[0] = stopped();
        } catch (TemporalFailure failure) {
            outcome[0] = isCancelled(failure) ? stopped() : broken(failure);
        }
        ProjectResult[] result = new ProjectResult[1];
        Workflow.newDetachedCancellationScope(() -> result[0] = report(outcome[0])).run();
        return result[0];
    }

    private static boolean isCancelled(TemporalFailure failure) {
        return failure.getCause() instanceof CanceledFailure;
    }

    private Outcome stopped() {
        Board tasks = board;
        if (tasks != null && tasks.verdict().isEmpty()) {
            tasks.cancelled();
        }
        reasons.add("the project was cancelled");
        return new Outcome(Verdict.CANCELLED, "");
    }

    private Outcome broken(TemporalFailure failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        reasons.add(String.valueOf(cause.getMessage()));
        return new Outcome(Verdict.FAILED, "");
    }

    /// @param review digest of the review, where there was one
    private record Outcome(Verdict verdict, String review) {}

    private Outcome carryOut() {
        phase = "PLAN";
        Plan plan = activities(Duration.ofSeconds(30), Duration.ofSeconds(60), 2).decompose(order);
        if (!plan.problem().isEmpty()) {
            reasons.add(plan.problem());
            return new Outcome(Verdict.FAILED, "");
        }
        reasons.addAll(plan.gaps());
        Duration time = Duration.ofMinutes(plan.timeoutMinutes());
        boolean partly = plan.deliversPartly() && !plan.tasks().isEmpty();
        if (!plan.gaps().isEmpty() && !partly && !isToBeDelivered(time)) {
            return new Outcome(Verdict.REJECTED, "");
        }
        if (plan.tasks().isEmpty()) {
            return new Outcome(Verdict.REJECTED, "");
        }
        phase = "EXECUTE";
        Board tasks = new Board(plan.tasks().stream().map(Project::node).toList());
        board = tasks;
        execute(tasks);
        return integrate(tasks, plan, time);
    }

    private static TaskNode node(PlannedTask task) {
        return new TaskNode(
                task.id(),
                TaskType.valueOf(task.type()),
                "",
                task.dependencies(),
                0,
                task.estimatedSeconds(),
                Join.ALL_SUCCESS,
                Optional.empty(),
                task.required(),
                3,
                Set.of());
    }

    /// Waits for a person, no longer than the project has.
    private boolean isToBeDelivered(Duration time) {
        String before = phase;
        phase = "AWAITING_HUMAN";
        decision = null;
        boolean answered = Workflow.await(time, () -> decision != null);
        phase = before;
        if (!answered) {
            reasons.add("nobody decided in time");
        }
        return Boolean.TRUE.equals(decision);
    }

    private void execute(Board tasks) {
        while (tasks.verdict().isEmpty()) {
            if (!paused) {
                tasks.launch(AGENTS).forEach(task -> begin(tasks, task));
            }
            long seen = events;
            Workflow.await(() -> events > seen);
            settleWaiting(tasks);
        }
    }

    /// A task that nobody can do any more ends the project's hope for it.
    private void settleWaiting(Board tasks) {
        for (String id : generations.keySet()) {
            if (tasks.state(id) == TaskState.AWAITING_HUMAN) {
                reasons.add("task %s failed: %s".formatted(id, tasks.reason(id).detail()));
                tasks.decided(id, Board.Decision.REJECT, Map.of());
            }
        }
    }

    private void begin(Board tasks, String task) {
        int generation = generations.merge(task, 1, Integer::sum);
        AgentTaskWorkflow agent =
                Workflow.newChildWorkflowStub(
                        AgentTaskWorkflow.class,
                        ChildWorkflowOptions.newBuilder()
                                .setWorkflowId(
                                        "%s/t/%s/g%d"
                                                .formatted(
                                                        Workflow.getInfo().getWorkflowId(),
                                                        task,
                                                        generation))
                                .setParentClosePolicy(
                                        ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
                                .setWorkflowRunTimeout(Duration.ofMinutes(15))
                                .build());
        TaskOrder wanted = new TaskOrder(order, task, generation, files);
        Async.function(agent::run, wanted)
                .handle(
                        (result, failure) -> {
                            ended(tasks, task, result, failure);
                            return true;
                        });
    }

    private void ended(
            Board tasks,
            String task,
            @Nullable TaskResult result,
            @Nullable RuntimeException failure) {
        events++;
        if (cancelled || tasks.state(task).isOver()) {
            return;
        }
        if (result != null && result.failure().isEmpty()) {
            files.putAll(result.files());
            tasks.worked(task);
            tasks.approved(task, Map.of());
            return;
        }
        String why = result == null ? String.valueOf(failure) : result.failure();
        if (tasks.failedTry(task, why)) {
            begin(tasks, task);
        }
    }

    private Outcome integrate(Board tasks, Plan plan, Duration time) {
        Verdict verdict = tasks.verdict().orElse(Verdict.FAILED);
        if (verdict != Verdict.SUCCEEDED && verdict != Verdict.PARTIAL) {
            return new Outcome(verdict, "");
        }
        phase = "INTEGRATE";
        ReviewResult review =
                activities(
                                Duration.ofSeconds(110),
                                Duration.ofSeconds(118),
                                2,
                                Duration.ofSeconds(10))
                        .evaluate(new ReviewOrder(order, files));
        reasons.addAll(review.defects());
        if (!review.approved()) {
            boolean deliver = isToBeDelivered(time);
            return new Outcome(deliver ? Verdict.PARTIAL : Verdict.REJECTED, review.review());
        }
        return new Outcome(plan.gaps().isEmpty() ? verdict : Verdict.PARTIAL, review.review());
    }

    private ProjectResult report(Outcome outcome) {
        phase = "FINALIZE";
        List<String> told = reasons.stream().limit(SHOWN_REASONS).toList();
        ReportOrder wanted =
                new ReportOrder(
                        order, outcome.verdict().name(), told, states(), files, outcome.review());
        try {
            return activities(Duration.ofMinutes(1), Duration.ofMinutes(10), 5).finish(wanted);
        } finally {
            phase = outcome.verdict().name();
        }
    }

    private Map<String, String> states() {
        Map<String, String> states = new TreeMap<>();
        Board tasks = board;
        if (tasks != null) {
            generations.keySet().forEach(id -> states.put(id, tasks.state(id).name()));
        }
        return states;
    }

    @Override
    public ProjectStatus status() {
        return new ProjectStatus(phase, states(), List.copyOf(reasons), paused);
    }

    @Override
    public ProjectOrder order() {
        return order;
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        events++;
    }

    @Override
    public void cancel() {
        cancelled = true;
        CancellationScope scope = work;
        if (scope != null) {
            scope.cancel();
        }
    }

    @Override
    public void decide(boolean deliver) {
        decision = deliver;
    }

    @Override
    public void isAwaited(boolean deliver) {
        if (!phase.equals("AWAITING_HUMAN")) {
            throw new IllegalStateException("the project does not wait for a person");
        }
    }
}
