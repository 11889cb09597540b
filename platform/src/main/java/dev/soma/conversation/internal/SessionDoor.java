package dev.soma.conversation.internal;

import dev.soma.conversation.internal.JournalRepository.Place;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/// Where turns of one session stand in line on this node, in the order in which they came: the
/// first
/// goes on, the others wait for it to be admitted or refused. Thread-safe.
class SessionDoor {
    /// How many may wait behind the first.
    static final int MAX_WAITING = 4;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Place, Deque<Ticket>> lines = new HashMap<>();

    /// A place in the line; has to leave it once.
    final class Ticket {
        private final Place place;
        private final CompletableFuture<Void> first = new CompletableFuture<>();

        private Ticket(Place place) {
            this.place = place;
        }

        /// Completes when everybody before it has left.
        CompletableFuture<Void> first() {
            return first;
        }

        void leave() {
            Optional<Ticket> next = Optional.empty();
            lock.lock();
            try {
                Deque<Ticket> line = lines.get(place);
                if (line != null && line.remove(this)) {
                    next = Optional.ofNullable(line.peekFirst());
                    if (line.isEmpty()) {
                        lines.remove(place);
                    }
                }
            } finally {
                lock.unlock();
            }
            next.ifPresent(ticket -> ticket.first.complete(null));
        }
    }

    /// Joins the line.
    ///
    /// @param patient whether it waits behind others
    /// @return empty when it may not
    Optional<Ticket> join(Place place, boolean patient) {
        Ticket ticket = new Ticket(place);
        lock.lock();
        try {
            Deque<Ticket> line = lines.computeIfAbsent(place, key -> new ArrayDeque<>());
            if (!line.isEmpty() && (!patient || line.size() > MAX_WAITING)) {
                return Optional.empty();
            }
            line.addLast(ticket);
            if (line.size() == 1) {
                ticket.first.complete(null);
            }
        } finally {
            lock.unlock();
        }
        return Optional.of(ticket);
    }
}
