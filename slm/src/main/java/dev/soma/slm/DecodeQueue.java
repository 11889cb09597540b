package dev.soma.slm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The bounded line in front of the model and the one thread that serves it.
///
/// Fair keys take turns by deficit round robin in tokens: a key that asks for long answers waits
/// while others with short ones pass, and within a key the order is first come, first served.
final class DecodeQueue {
    private static final int QUANTUM_TOKENS = 64;

    /// One answer that waits for the model or has it.
    interface Task {
        /// The key whose turn this task uses; the empty key is everyone without one.
        String fairKey();

        /// Tokens this task may take at most.
        int tokens();

        /// Runs on the decode thread.
        void run();
    }

    /// What became of an offer.
    enum Offer {
        ACCEPTED,
        QUEUE_FULL,
        KEY_FULL,
        CLOSED
    }

    private static final class Lane {
        private final Deque<Task> tasks = new ArrayDeque<>();
        private long deficit;
    }

    private final int capacity;
    private final int capacityPerKey;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Condition idle = lock.newCondition();
    private final Map<String, Lane> lanes = new HashMap<>();
    private final Deque<String> turns = new ArrayDeque<>();
    private int waiting;
    private boolean running;
    private boolean closed;

    DecodeQueue(int capacity, int capacityPerKey) {
        this.capacity = capacity;
        this.capacityPerKey = capacityPerKey;
    }

    Offer offer(Task task) {
        lock.lock();
        try {
            if (closed) {
                return Offer.CLOSED;
            }
            if (waiting >= capacity) {
                return Offer.QUEUE_FULL;
            }
            Lane lane = lanes.get(task.fairKey());
            if (lane == null) {
                lane = new Lane();
                lanes.put(task.fairKey(), lane);
                turns.addLast(task.fairKey());
            } else if (!task.fairKey().isEmpty() && lane.tasks.size() >= capacityPerKey) {
                return Offer.KEY_FULL;
            }
            lane.tasks.addLast(task);
            waiting++;
            arrived.signal();
            return Offer.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    /// Takes a task out of the line; false when it has already left it.
    boolean withdraw(Task task) {
        lock.lock();
        try {
            Lane lane = lanes.get(task.fairKey());
            if (lane == null || !lane.tasks.remove(task)) {
                return false;
            }
            waiting--;
            dropIfEmpty(task.fairKey(), lane);
            signalIfIdle();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Tasks in the line, the running one not counted.
    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    boolean running() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    /// Serves the line until [#close]; the calling thread is the decode thread.
    void serve() throws InterruptedException {
        while (true) {
            Task task = take();
            if (task == null) {
                return;
            }
            try {
                task.run();
            } finally {
                done();
            }
        }
    }

    /// Takes no more tasks; those in the line are still served.
    void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until the line is empty and nothing runs; false when the time is over before.
    boolean awaitIdle(long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (waiting > 0 || running) {
                if (left <= 0) {
                    return false;
                }
                left = idle.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Nullable Task take() throws InterruptedException {
        lock.lock();
        try {
            while (waiting == 0) {
                if (closed) {
                    return null;
                }
                arrived.await();
            }
            running = true;
            waiting--;
            return next();
        } finally {
            lock.unlock();
        }
    }

    private Task next() {
        while (true) {
            String key = turns.getFirst();
            Lane lane = Objects.requireNonNull(lanes.get(key));
            Task head = lane.tasks.getFirst();
            if (lane.deficit >= head.tokens() || lanes.size() == 1) {
                lane.tasks.removeFirst();
                lane.deficit = Math.max(0, lane.deficit - head.tokens());
                dropIfEmpty(key, lane);
                return head;
            }
            lane.deficit += QUANTUM_TOKENS;
            turns.addLast(turns.removeFirst());
        }
    }

    private void done() {
        lock.lock();
        try {
            running = false;
            signalIfIdle();
        } finally {
            lock.unlock();
        }
    }

    private void dropIfEmpty(String key, Lane lane) {
        if (lane.tasks.isEmpty()) {
            lanes.remove(key);
            turns.remove(key);
        }
    }

    private void signalIfIdle() {
        if (waiting == 0 && !running) {
            idle.signalAll();
        }
    }
}
