package dev.soma.kamachiq.work;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import java.time.Duration;

/// Tells Temporal that an activity is still at work, until it is closed. When Temporal answers that
/// nobody waits any more, the thread of the activity is interrupted.
public final class Heartbeat implements AutoCloseable {
    private static final Duration BETWEEN = Duration.ofSeconds(2);

    private final Thread beating;

    private Heartbeat(Thread beating) {
        this.beating = beating;
    }

    /// For the activity that runs on this thread.
    public static Heartbeat start() {
        ActivityExecutionContext context = Activity.getExecutionContext();
        Thread worker = Thread.currentThread();
        return new Heartbeat(Thread.startVirtualThread(() -> beat(context, worker)));
    }

    private static void beat(ActivityExecutionContext context, Thread worker) {
        try {
            while (true) {
                context.heartbeat(null);
                Thread.sleep(BETWEEN);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (ActivityCompletionException nobodyWaits) {
            worker.interrupt();
        }
    }

    @Override
    public void close() {
        beating.interrupt();
    }
}
