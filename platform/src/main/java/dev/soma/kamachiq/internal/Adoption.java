package dev.soma.kamachiq.internal;

import dev.soma.runtime.StopOrder;
import io.temporal.common.WorkerDeploymentVersion;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Looks, from time to time, for projects under way that the Temporal server does not know, and
/// begins them again.
class Adoption implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Adoption.class);

    private final Projects projects;
    private final TemporalConnection temporal;
    private final WorkerDeploymentVersion build;
    private final Duration ago;
    private volatile CountDownLatch stopped = new CountDownLatch(0);

    /// @param ago how long a project is under way before it is looked for, and how often that is
    /// @param build that new projects begin with where no other does
    Adoption(
            Projects projects,
            TemporalConnection temporal,
            WorkerDeploymentVersion build,
            Duration ago) {
        this.build = build;
        this.projects = projects;
        this.temporal = temporal;
        this.ago = ago;
    }

    @Override
    public void start() {
        if (temporal.client().isEmpty()) {
            return;
        }
        CountDownLatch until = new CountDownLatch(1);
        stopped = until;
        Thread.startVirtualThread(() -> look(until));
    }

    private void look(CountDownLatch until) {
        try {
            while (!until.await(ago.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    // A server that has lost everything knows no namespace and no attributes
                    // either.
                    temporal.prepare();
                    temporal.requireCurrent(build);
                    projects.adopt(ago);
                } catch (RuntimeException e) {
                    log.atWarn()
                            .addKeyValue("cause", e.getMessage())
                            .log("lost projects cannot be looked for; it is tried again");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        stopped.countDown();
    }

    @Override
    public boolean isRunning() {
        return stopped.getCount() > 0;
    }

    @Override
    public int getPhase() {
        return StopOrder.CONVERSATION;
    }
}
