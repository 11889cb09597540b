package dev.soma.kamachiq.work;

import io.temporal.activity.ActivityCancellationType;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/// Activities as workflows call them, each with its limits (docs/design/kamachiq.md, "Activities").
final class Stubs {
    private static final Duration BEAT = Duration.ofSeconds(10);
    private static final Duration A_DAY = Duration.ofDays(1);

    private Stubs() {}

    private static ActivityOptions.Builder options(Duration once, Duration all, int attempts) {
        return ActivityOptions.newBuilder()
                .setStartToCloseTimeout(once)
                .setScheduleToCloseTimeout(all)
                .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(attempts).build());
    }

    private static ProjectActivities project(ActivityOptions.Builder options) {
        return Workflow.newActivityStub(ProjectActivities.class, options.build());
    }

    private static GovernedActivities governed(ActivityOptions.Builder options) {
        return Workflow.newActivityStub(
                GovernedActivities.class,
                options.setTaskQueue(
                                Workflow.getInfo().getTaskQueue() + GovernedActivities.QUEUE_SUFFIX)
                        .build());
    }

    static ProjectActivities planning() {
        return project(options(Duration.ofSeconds(30), Duration.ofSeconds(60), 2));
    }

    static ProjectActivities work() {
        return project(
                options(Duration.ofMinutes(2), Duration.ofMinutes(10), 3)
                        .setHeartbeatTimeout(Duration.ZERO));
    }

    /// Two whole reviews do not fit into the time; a worker that stops costs a try and little time.
    static ProjectActivities review() {
        return project(
                options(Duration.ofSeconds(110), Duration.ofSeconds(118), 4)
                        .setHeartbeatTimeout(BEAT));
    }

    static ProjectActivities reporting() {
        return project(options(Duration.ofMinutes(1), Duration.ofMinutes(10), 5));
    }

    /// A project does not go on before it is written down what happened.
    static ProjectActivities telling() {
        return project(options(Duration.ofSeconds(30), Duration.ofHours(1), 0));
    }

    static GovernedActivities ruling() {
        return governed(options(Duration.ofSeconds(10), Duration.ofMinutes(10), 0));
    }

    static GovernedActivities step() {
        return governed(
                options(Duration.ofMinutes(2), Duration.ofMinutes(10), 8)
                        .setHeartbeatTimeout(BEAT)
                        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED));
    }

    /// Looks again and again, more and more seldom, without a trace in the history.
    static GovernedActivities waiting() {
        return governed(
                ActivityOptions.newBuilder()
                        .setStartToCloseTimeout(Duration.ofSeconds(10))
                        .setScheduleToCloseTimeout(A_DAY)
                        .setRetryOptions(
                                RetryOptions.newBuilder()
                                        .setInitialInterval(Duration.ofSeconds(1))
                                        .setBackoffCoefficient(1.1)
                                        .setMaximumInterval(Duration.ofSeconds(30))
                                        .build()));
    }
}
