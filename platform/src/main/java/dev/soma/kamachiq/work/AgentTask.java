package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Agent;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.Map;

/// [AgentTaskWorkflow]. A failure is a result, so that the project decides what follows.
public class AgentTask implements AgentTaskWorkflow {
    private final ProjectActivities activities =
            Workflow.newActivityStub(
                    ProjectActivities.class,
                    ActivityOptions.newBuilder()
                            .setStartToCloseTimeout(Duration.ofMinutes(2))
                            .setScheduleToCloseTimeout(Duration.ofMinutes(10))
                            .setRetryOptions(
                                    RetryOptions.newBuilder().setMaximumAttempts(3).build())
                            .build());

    @Override
    public TaskResult run(TaskOrder order) {
        try {
            Agent agent = activities.spawn(order);
            return activities.runTool(order, agent);
        } catch (ActivityFailure failure) {
            if (failure.getCause() instanceof CanceledFailure) {
                throw failure;
            }
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            return new TaskResult(Map.of(), String.valueOf(cause.getMessage()));
        }
    }
}
