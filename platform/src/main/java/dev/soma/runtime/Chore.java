package dev.soma.runtime;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;

/// Work on the database that is done at start and then again after each pause, on a thread of its
/// own. When the database does not answer it is tried again soon.
public final class Chore implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Chore.class);
    private static final long RETRY_MILLIS = 1_000;

    private final String name;
    private final long pauseMillis;
    private final Runnable work;
    private volatile boolean running;
    private volatile Thread thread = Thread.currentThread();

    /// @param name of the thread, and of the chore in the log
    public Chore(String name, long pauseMillis, Runnable work) {
        this.name = name;
        this.pauseMillis = pauseMillis;
        this.work = work;
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofVirtual().name(name).start(this::run);
    }

    private void run() {
        try {
            while (running) {
                Thread.sleep(once() ? pauseMillis : RETRY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean once() {
        try {
            work.run();
            return true;
        } catch (DataAccessException e) {
            log.atWarn()
                    .addKeyValue("chore", name)
                    .log("the database does not answer; tried again");
            return false;
        }
    }

    @Override
    public void stop() {
        running = false;
        thread.interrupt();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.FOLLOWERS;
    }
}
