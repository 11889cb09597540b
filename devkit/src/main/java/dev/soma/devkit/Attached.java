package dev.soma.devkit;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A server that somebody else runs: it is asked whether it is ready, now and then again, and never
/// touched.
final class Attached implements Runner {
    private static final Duration FIRST_ANSWER_WITHIN = Duration.ofSeconds(30);
    private static final long RETRY_MILLIS = 500;
    private static final long PROBE_MILLIS = 5000;

    private final Part part;
    private final ServerAddress address;
    private final Consumer<PartStatus> listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private PartState state = PartState.STOPPED;
    private Instant since = Instant.now();
    private String reason = "";
    private boolean stopping;
    private @Nullable Thread thread;

    Attached(Part part, ServerAddress address, Consumer<PartStatus> listener) {
        this.part = part;
        this.address = address;
        this.listener = listener;
    }

    @Override
    public Part part() {
        return part;
    }

    ServerAddress address() {
        return address;
    }

    @Override
    public PartStatus status() {
        lock.lock();
        try {
            return new PartStatus(part, state, 0, address.port(), 0, since, reason);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean ensureRunning() {
        lock.lock();
        try {
            if (thread != null && thread.isAlive() && state != PartState.FAILED) {
                return false;
            }
            stopping = false;
            state = PartState.STARTING;
            if (thread == null || !thread.isAlive()) {
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
            while (state == PartState.STARTING) {
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
        if (watcher != null) {
            watcher.interrupt();
        }
        set(PartState.STOPPED, "");
    }

    private void run() {
        Instant deadline = Instant.now().plus(FIRST_ANSWER_WITHIN);
        while (pause(0)) {
            Optional<String> lacking = probe();
            if (lacking.isEmpty()) {
                set(PartState.READY, "");
            } else if (!isStarting() || Instant.now().isAfter(deadline)) {
                set(
                        PartState.FAILED,
                        "attached by address, but "
                                + lacking.get()
                                + "; start that server or correct "
                                + part.variable());
            }
            pause(lacking.isEmpty() ? PROBE_MILLIS : RETRY_MILLIS);
        }
    }

    private boolean isStarting() {
        lock.lock();
        try {
            return state == PartState.STARTING;
        } finally {
            lock.unlock();
        }
    }

    private Optional<String> probe() {
        return switch (part) {
            case POSTGRES ->
                    PostgresEngine.unreadyBecause(
                            address.url(), address.username(), address.password());
            case REDIS ->
                    RedisEngine.unreadyBecause(
                            address.host(), address.port(), address.username(), address.password());
            case KAFKA -> KafkaEngine.unreadyBecause(address.url());
            case TEMPORAL -> TemporalEngine.unreadyBecause(address.host(), address.port());
            case SLM -> HttpProbe.silentBecause(address.url() + "/v1/models");
            case WITNESS -> HttpProbe.silentBecause(address.url());
            case PLATFORM -> Optional.of("the platform is always started here");
        };
    }

    /// Waits; false when the part was stopped.
    private boolean pause(long millis) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (left > 0 && !stopping) {
                left = changed.awaitNanos(left);
            }
            return !stopping;
        } catch (InterruptedException stopped) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void set(PartState next, String why) {
        boolean news;
        lock.lock();
        try {
            news = state != next || !reason.equals(why);
            if (stopping && next != PartState.STOPPED) {
                return;
            }
            if (state != next) {
                since = Instant.now();
            }
            state = next;
            reason = why;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (news) {
            listener.accept(status());
        }
    }
}
