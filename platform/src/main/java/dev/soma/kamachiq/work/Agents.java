package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The agents of a project at work, each a workflow of its own below the project's.
final class Agents {
    private static final Duration MOST = Duration.ofHours(1);
    private static final Duration TO_STOP = Duration.ofSeconds(30);

    private final Map<String, CancellationScope> scopes = new TreeMap<>();
    private int running;

    /// Told how a try ended: one of the two is there.
    interface Ended {
        void ended(@Nullable TaskResult result, @Nullable RuntimeException failure);
    }

    void start(TaskOrder order, Ended listener) {
        AgentTaskWorkflow agent =
                Workflow.newChildWorkflowStub(
                        AgentTaskWorkflow.class,
                        ChildWorkflowOptions.newBuilder()
                                .setWorkflowId(id(order))
                                .setParentClosePolicy(
                                        ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
                                .setWorkflowRunTimeout(MOST)
                                .build());
        running++;
        CancellationScope scope =
                Workflow.newCancellationScope(
                        () ->
                                Async.function(agent::run, order)
                                        .handle(
                                                (result, failure) -> {
                                                    running--;
                                                    listener.ended(result, failure);
                                                    return true;
                                                }));
        scopes.put(order.task().id(), scope);
        scope.run();
    }

    /// A run that goes on elsewhere does not meet the agents of the one before.
    private static String id(TaskOrder order) {
        String project = Workflow.getInfo().getWorkflowId();
        int epoch = order.project().epoch();
        return epoch == 1
                ? "%s/t/%s/g%d".formatted(project, order.task().id(), order.generation())
                : "%s/t/%s/e%d/g%d"
                        .formatted(project, order.task().id(), epoch, order.generation());
    }

    /// Ends all and waits for them, so that what they spent is known.
    void stop() {
        Workflow.newDetachedCancellationScope(
                        () -> {
                            scopes.values().forEach(CancellationScope::cancel);
                            Workflow.await(TO_STOP, () -> running == 0);
                        })
                .run();
    }
}
