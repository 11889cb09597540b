package dev.soma.events.internal;

import dev.soma.events.Changes;
import dev.soma.events.Standing;
import dev.soma.kernel.TenantId;
import dev.soma.runtime.StopOrder;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Follows the change clock in PostgreSQL. The lease counts from before the read was sent, on the
/// monotonic clock, so
/// a node that has not applied a change stops working at most one lease after that change
/// committed.
class ChangeClock implements Changes, SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ChangeClock.class);

    /// By how much the wall clock may run ahead of the monotonic one.
    private static final int WALL_MARGIN_MILLIS = 1_000;

    private final JdbcClient jdbc;
    private final EventsSettings settings;
    private final List<Follower> followers;
    private final Acknowledgements acknowledgements;
    private final InstantSource clock;

    /// Until when this node may work, by two clocks. The monotonic one stands still while a machine
    /// is suspended; the wall clock shows that, at the price of a moment's refusal when somebody
    /// sets it forward.
    private record Lease(long untilNanos, long untilMillis) {}

    private final ReentrantLock reading = new ReentrantLock();
    private long seen = -1;
    private volatile Lease lease = new Lease(System.nanoTime(), Long.MIN_VALUE);
    private volatile boolean running;

    ChangeClock(
            JdbcClient jdbc,
            EventsSettings settings,
            List<Follower> followers,
            Acknowledgements acknowledgements,
            InstantSource clock) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.acknowledgements = acknowledgements;
        this.settings = settings;
        this.followers = followers.stream().sorted(Comparator.comparing(Follower::kind)).toList();
    }

    @Override
    public void announce(Kind kind, TenantId tenant) {
        long seq =
                jdbc.sql("UPDATE change_clock SET seq = seq + 1 RETURNING seq")
                        .query(Long.class)
                        .single();
        jdbc.sql("INSERT INTO change_log (seq, kind, tenant) VALUES (?, ?, ?)")
                .param(seq)
                .param(kind.name())
                .param(tenant.value())
                .update();
        TransactionSynchronizationManager.registerSynchronization(
                new TransactionSynchronization() {
                    @Override
                    public void afterCompletion(int status) {
                        if (status == STATUS_COMMITTED) {
                            catchUp();
                        }
                    }
                });
    }

    @Override
    public boolean current() {
        Lease held = lease;
        return System.nanoTime() - held.untilNanos() < 0 && clock.millis() < held.untilMillis();
    }

    @Override
    public Standing standing(Kind kind) {
        return acknowledgements.standing(kind);
    }

    @Override
    public void start() {
        catchUp();
        running = true;
        Thread.ofPlatform().daemon().name("change-clock").start(this::follow);
    }

    private void follow() {
        while (running) {
            try {
                Thread.sleep(settings.changePollMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            catchUp();
            acknowledge();
        }
    }

    /// Not in the transaction of whoever announced the change, so only here.
    private void acknowledge() {
        reading.lock();
        try {
            acknowledgements.write();
        } catch (DataAccessException e) {
            log.atDebug().log("what was applied cannot be told; tried again");
        } finally {
            reading.unlock();
        }
    }

    /// Reads the clock and applies what is new; leaves the lease alone when it cannot.
    private void catchUp() {
        reading.lock();
        try {
            long before = System.nanoTime();
            long wall = clock.millis();
            long now = jdbc.sql("SELECT seq FROM change_clock").query(Long.class).single();
            if (now != seen) {
                if (seen < 0) {
                    followers.forEach(Follower::reload);
                } else {
                    apply(changedSince(seen, now));
                }
                seen = now;
                acknowledgements.applied(now);
            }
            long length = settings.changeLeaseMillis();
            lease = new Lease(before + length * 1_000_000L, wall + length + WALL_MARGIN_MILLIS);
        } catch (DataAccessException e) {
            log.atWarn()
                    .addKeyValue("lease_left", current())
                    .log("the change clock cannot be read");
        } catch (RuntimeException e) {
            // A follower that cannot take the new state must not work on the old one: the lease
            // runs
            // out, and the next reading tries again.
            log.atError().setCause(e).log("a change cannot be applied; this node goes stale");
        } finally {
            reading.unlock();
        }
    }

    private Map<Kind, Set<TenantId>> changedSince(long last, long now) {
        Map<Kind, Set<TenantId>> changed = new EnumMap<>(Kind.class);
        jdbc.sql("SELECT DISTINCT kind, tenant FROM change_log WHERE seq > ? AND seq <= ?")
                .param(last)
                .param(now)
                .query(
                        row -> {
                            changed.computeIfAbsent(
                                            Kind.valueOf(row.getString(1)), kind -> new HashSet<>())
                                    .add(new TenantId(row.getString(2)));
                        });
        return changed;
    }

    private void apply(Map<Kind, Set<TenantId>> changed) {
        for (Follower follower : followers) {
            Set<TenantId> tenants = changed.get(follower.kind());
            if (tenants != null) {
                follower.reload(tenants);
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        acknowledgements.leave();
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
