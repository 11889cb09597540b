package dev.soma.kamachiq.work;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.ActivityWorkerShutdownException;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;

/// Tells Temporal that an activity is still at work, until it is closed. When Temporal answers that
/// nobody waits any more, the thread of the activity is interrupted.
public final class Heartbeat implements AutoCloseable {
    private static final Duration BETWEEN = Duration.ofSeconds(2);

    private final ActivityExecutionContext context = Activity.getExecutionContext();
    private final Thread worker = Thread.currentThread();
    private final Thread beating = Thread.ofVirtual().unstarted(this::beat);
    private volatile boolean unwanted;

    private Heartbeat() {}

    /// For the activity that runs on this thread.
    public static Heartbeat start() {
        Heartbeat heartbeat = new Heartbeat();
        heartbeat.beating.start();
        return heartbeat;
    }

    private void beat() {
        try {
            while (true) {
                context.heartbeat(null);
                Thread.sleep(BETWEEN);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (ActivityWorkerShutdownException stops) {
            worker.interrupt();
        } catch (ActivityCompletionException nobodyWaits) {
            unwanted = true;
            worker.interrupt();
        }
    }

    /// Whether Temporal has said that nobody waits any more; else an interruption means that this
    /// worker stops, and another one goes on.
    public boolean isUnwanted() {
        return unwanted;
    }

    /// What an activity ends with when its thread was interrupted; the thread stays interrupted.
    public static ApplicationFailure interrupted() {
        Thread.currentThread().interrupt();
        return ApplicationFailure.newFailure("the worker stops", "Stopping");
    }

    @Override
    public void close() {
        beating.interrupt();
    }
}
