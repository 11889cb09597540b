package dev.soma.conversation.internal;

import dev.soma.conversation.internal.JournalRepository.Place;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Rings for whoever waits for news of a session that this node writes. What other nodes write is
/// found by looking again after a while. Thread-safe.
class JournalBells {
    private final Map<Place, CopyOnWriteArrayList<Bell>> bells = new ConcurrentHashMap<>();

    /// One who waits.
    final class Bell implements AutoCloseable {
        private final Place place;
        private final Semaphore rung = new Semaphore(0);

        private Bell(Place place) {
            this.place = place;
        }

        /// Waits until it rings, at most so long.
        void await(long millis) throws InterruptedException {
            if (rung.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
                rung.drainPermits();
            }
        }

        void ring() {
            rung.release();
        }

        @Override
        public void close() {
            bells.computeIfPresent(
                    place,
                    (key, waiting) -> {
                        waiting.remove(this);
                        return waiting.isEmpty() ? null : waiting;
                    });
        }
    }

    Bell listen(Place place) {
        Bell bell = new Bell(place);
        bells.compute(
                place,
                (key, waiting) -> {
                    CopyOnWriteArrayList<Bell> all =
                            waiting == null ? new CopyOnWriteArrayList<>() : waiting;
                    all.add(bell);
                    return all;
                });
        return bell;
    }

    /// How many wait for news of a session.
    int listeners(Place place) {
        CopyOnWriteArrayList<Bell> waiting = bells.get(place);
        return waiting == null ? 0 : waiting.size();
    }

    void ring(Place place) {
        CopyOnWriteArrayList<Bell> waiting = bells.isEmpty() ? null : bells.get(place);
        if (waiting != null) {
            waiting.forEach(Bell::ring);
        }
    }
}
