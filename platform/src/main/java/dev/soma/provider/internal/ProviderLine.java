package dev.soma.provider.internal;

import dev.soma.provider.internal.FairQueue.Limits;
import dev.soma.provider.internal.FairQueue.Offer;
import dev.soma.provider.internal.FairQueue.Place;
import dev.soma.provider.internal.FairQueue.Ticket;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// A [FairQueue] in front of one provider, shared by all event loops. Thread-safe.
final class ProviderLine {
    private final ReentrantLock lock = new ReentrantLock();
    private final FairQueue queue;
    private final Map<Ticket, QueuedCall> calls = new HashMap<>();
    private final Timer waits;
    private final Counter refused;

    ProviderLine(String provider, Limits limits, MeterRegistry meters) {
        this.queue = new FairQueue(limits);
        this.waits = meters.timer("soma_provider_queue_wait_seconds", "provider", provider);
        this.refused = meters.counter("soma_provider_queue_refused_total", "provider", provider);
        Gauge.builder("soma_provider_queue_waiting_calls", this, ProviderLine::waiting)
                .tag("provider", provider)
                .register(meters);
    }

    Offer offer(Ticket ticket, QueuedCall call) {
        lock.lock();
        try {
            Offer offer = queue.offer(ticket);
            switch (offer) {
                case WAITS -> calls.put(ticket, call);
                case FULL -> refused.increment();
                case RUNS -> {}
            }
            return offer;
        } finally {
            lock.unlock();
        }
    }

    /// Takes a call out.
    ///
    /// @return false when its turn has come already
    boolean withdraw(Ticket ticket) {
        lock.lock();
        try {
            calls.remove(ticket);
            return queue.withdraw(ticket);
        } finally {
            lock.unlock();
        }
    }

    void waited(long nanos) {
        waits.record(nanos, TimeUnit.NANOSECONDS);
    }

    void gaveUp() {
        refused.increment();
    }

    /// A call has ended, so others may run.
    void end(Ticket ticket, OptionalLong used, long nanos) {
        List<QueuedCall> next;
        lock.lock();
        try {
            next = queue.end(ticket, used, nanos).stream().map(calls::remove).toList();
        } finally {
            lock.unlock();
        }
        next.forEach(QueuedCall::granted);
    }

    Optional<Place> place(Ticket ticket) {
        lock.lock();
        try {
            return queue.place(ticket);
        } finally {
            lock.unlock();
        }
    }

    Place last() {
        lock.lock();
        try {
            return queue.last();
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return queue.waiting();
        } finally {
            lock.unlock();
        }
    }

    boolean idle() {
        lock.lock();
        try {
            return queue.idle();
        } finally {
            lock.unlock();
        }
    }
}
