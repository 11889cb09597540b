package dev.soma.devkit;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keeps one part running: starts it, watches it, restarts it within bounds, ends it.
final class Supervised implements Runner {
    private static final int WATCH_MILLIS = 1000;
    private static final Duration STOP_WITHIN = Duration.ofSeconds(60);

    private final Part part;
    private final EngineProcess process;
    private final RestartPolicy.Budget budget;
    private final Consumer<PartStatus> listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private PartState state = PartState.STOPPED;
    private Instant since = Instant.now();
    private String reason = "";
    private int restarts;
    private boolean stopping;
    private @Nullable Thread thread;

    Supervised(
            Part part, EngineProcess process, RestartPolicy policy, Consumer<PartStatus> listener) {
        this.part = part;
        this.process = process;
        this.budget = policy.budget();
        this.listener = listener;
    }

    @Override
    public Part part() {
        return part;
    }

    EngineProcess process() {
        return process;
    }

    @Override
    public PartStatus status() {
        lock.lock();
        try {
            return new PartStatus(
                    part, state, process.pid(), process.engine().port(), restarts, since, reason);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean ensureRunning() {
        lock.lock();
        try {
            if (state == PartState.READY
                    || state == PartState.STARTING
                    || state == PartState.RESTARTING) {
                return false;
            }
            stopping = false;
            budget.clear();
            state = PartState.STARTING;
            since = Instant.now();
            Thread watcher = thread;
            if (watcher == null || !watcher.isAlive()) {
                thread = Thread.ofPlatform().daemon().name("part-" + part.id()).start(this::run);
            }
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public PartStatus awaitSettled() throws InterruptedException {
        lock.lock();
        try {
            while (state == PartState.STARTING || state == PartState.RESTARTING) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
        return status();
    }

    @Override
    public void stop() {
        @Nullable Thread watcher;
        lock.lock();
        try {
            stopping = true;
            watcher = thread;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (watcher == null) {
            return;
        }
        watcher.interrupt();
        try {
            watcher.join(STOP_WITHIN.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!isStopping()) {
            Optional<EngineException> failure = runOnce();
            if (isStopping()) {
                break;
            }
            if (failure.isPresent() && !failure.get().retryable()) {
                set(PartState.FAILED, String.valueOf(failure.get().getMessage()));
                awaitHealing();
                continue;
            }
            String why =
                    failure.map(EngineException::getMessage)
                            .orElse(part.id() + " " + process.ending());
            Optional<Duration> pause = budget.next(Instant.now());
            if (pause.isEmpty()) {
                String tail =
                        failure.isPresent() ? "" : "; its log ends with:\n" + process.log().tail();
                set(
                        PartState.FAILED,
                        "given up after too many restarts; the last time, " + why + tail);
                awaitHealing();
                continue;
            }
            restarting(why);
            pause(pause.get());
        }
        boolean interrupted = Thread.interrupted();
        process.stop();
        set(PartState.STOPPED, interrupted ? "stopped" : "");
    }

    /// One life of the part, from its start to its end.
    private Optional<EngineException> runOnce() {
        try {
            process.start();
            set(PartState.READY, "");
            while (!process.exitedWithin(WATCH_MILLIS)) {
                process.log().bound();
            }
            return Optional.empty();
        } catch (EngineException failure) {
            return Optional.of(failure);
        } catch (IOException failure) {
            return Optional.of(
                    EngineException.passing(
                            "could not bound the log "
                                    + process.log().path()
                                    + ": "
                                    + failure.getMessage(),
                            failure));
        }
    }

    private boolean isStopping() {
        lock.lock();
        try {
            return stopping;
        } finally {
            lock.unlock();
        }
    }

    private void restarting(String why) {
        lock.lock();
        try {
            restarts++;
        } finally {
            lock.unlock();
        }
        set(PartState.RESTARTING, why);
    }

    private void awaitHealing() {
        lock.lock();
        try {
            while (state == PartState.FAILED && !stopping) {
                changed.await();
            }
        } catch (InterruptedException stopped) {
            stopping = true;
        } finally {
            lock.unlock();
        }
    }

    private void pause(Duration time) {
        lock.lock();
        try {
            long left = time.toNanos();
            while (left > 0 && !stopping) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException stopped) {
            stopping = true;
        } finally {
            lock.unlock();
        }
    }

    private void set(PartState next, String why) {
        lock.lock();
        try {
            if (state != next) {
                since = Instant.now();
            }
            state = next;
            reason = why;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        listener.accept(status());
    }
}
