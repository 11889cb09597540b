package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.AgentTask;
import dev.soma.kamachiq.work.Certify;
import dev.soma.kamachiq.work.GovernedActivities;
import dev.soma.kamachiq.work.LibraryActivities;
import dev.soma.kamachiq.work.Project;
import dev.soma.runtime.StopOrder;
import io.temporal.common.VersioningBehavior;
import io.temporal.common.WorkerDeploymentVersion;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerDeploymentOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Takes projects' work from Temporal while the process runs. Work that is cut off is done again
/// elsewhere.
class ProjectWorkers implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ProjectWorkers.class);
    private static final int STOPS_WITHIN_SECONDS = 10;
    private static final int BETWEEN_TRIES_MILLIS = 1_000;

    private final TemporalConnection temporal;
    private final Optional<WorkerFactory> factory;
    private final WorkerDeploymentVersion build;
    private final boolean runsWorkflows;
    private volatile boolean running;

    /// @param library empty on nodes without the role of a worker
    /// @param governed empty on nodes that run no turns
    /// @param atOnce activities that run at once in this process
    /// @param build that this process runs
    ProjectWorkers(
            TemporalConnection temporal,
            Optional<LibraryActivities> library,
            Optional<GovernedActivities> governed,
            int atOnce,
            WorkerDeploymentVersion build) {
        this.temporal = temporal;
        this.build = build;
        this.runsWorkflows = library.isPresent();
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
                    library.ifPresent(
                            activities ->
                                    work(
                                            workers,
                                            activities,
                                            options()
                                                    .setMaxConcurrentActivityExecutionSize(atOnce)
                                                    .build()));
                    governed.ifPresent(
                            activities -> govern(workers, activities, options().build()));
                });
    }

    /// A project stays with the build that began it.
    private WorkerOptions.Builder options() {
        return WorkerOptions.newBuilder()
                .setDeploymentOptions(
                        WorkerDeploymentOptions.newBuilder()
                                .setUseVersioning(true)
                                .setVersion(build)
                                .setDefaultVersioningBehavior(VersioningBehavior.PINNED)
                                .build());
    }

    private static void work(
            WorkerFactory workers, LibraryActivities activities, WorkerOptions options) {
        Worker worker = workers.newWorker(TemporalConnection.QUEUE, options);
        worker.registerWorkflowImplementationTypes(Project.class, AgentTask.class, Certify.class);
        worker.registerActivitiesImplementations(activities);
    }

    private static void govern(
            WorkerFactory workers, GovernedActivities activities, WorkerOptions options) {
        workers.newWorker(TemporalConnection.QUEUE + GovernedActivities.QUEUE_SUFFIX, options)
                .registerActivitiesImplementations(activities);
    }

    /// A server that does not answer yet keeps projects waiting and nothing else: the rest of the
    /// process starts, and readiness says what is missing.
    @Override
    public void start() {
        running = true;
        factory.ifPresent(workers -> Thread.startVirtualThread(() -> begin(workers)));
    }

    private void begin(WorkerFactory workers) {
        while (running) {
            try {
                temporal.prepare();
                workers.start();
                if (runsWorkflows) {
                    temporal.makeCurrent(build);
                }
                return;
            } catch (RuntimeException e) {
                log.atWarn()
                        .addKeyValue("cause", e.getMessage())
                        .log("Temporal does not take this node's workers; they try again");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(BETWEEN_TRIES_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        factory.ifPresent(
                workers -> {
                    workers.shutdownNow();
                    workers.awaitTermination(STOPS_WITHIN_SECONDS, TimeUnit.SECONDS);
                });
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
