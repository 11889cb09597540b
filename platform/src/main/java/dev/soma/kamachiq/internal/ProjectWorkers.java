package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.AgentTask;
import dev.soma.kamachiq.work.LibraryActivities;
import dev.soma.kamachiq.work.Project;
import dev.soma.runtime.StopOrder;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;

/// Takes projects' work from Temporal while the process runs. Work that is cut off is done again
/// elsewhere.
class ProjectWorkers implements SmartLifecycle {
    private static final int STOPS_WITHIN_SECONDS = 10;

    private final Optional<WorkerFactory> factory;
    private volatile boolean running;

    /// @param atOnce activities that run at once in this process
    ProjectWorkers(TemporalConnection temporal, LibraryActivities activities, int atOnce) {
        this.factory =
                temporal.client()
                        .map(
                                client ->
                                        WorkerFactory.newInstance(
                                                client,
                                                WorkerFactoryOptions.newBuilder()
                                                        .setUsingVirtualWorkflowThreads(true)
                                                        .build()));
        factory.ifPresent(
                workers -> {
                    Worker worker =
                            workers.newWorker(
                                    TemporalConnection.QUEUE,
                                    WorkerOptions.newBuilder()
                                            .setMaxConcurrentActivityExecutionSize(atOnce)
                                            .build());
                    worker.registerWorkflowImplementationTypes(Project.class, AgentTask.class);
                    worker.registerActivitiesImplementations(activities);
                });
    }

    @Override
    public void start() {
        factory.ifPresent(WorkerFactory::start);
        running = true;
    }

    @Override
    public void stop() {
        factory.ifPresent(
                workers -> {
                    workers.shutdownNow();
                    workers.awaitTermination(STOPS_WITHIN_SECONDS, TimeUnit.SECONDS);
                });
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.CONVERSATION;
    }
}
