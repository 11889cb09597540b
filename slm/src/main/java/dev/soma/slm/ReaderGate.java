package dev.soma.slm;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Holds the decode thread while a client's stream is full, and ends the answer of a client that
/// does not read at all.
final class ReaderGate {
    private static final int MAX_PENDING = 32;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int pending;
    private boolean full;

    /// A piece is on its way to the event loop.
    void posted() {
        lock.lock();
        try {
            pending++;
        } finally {
            lock.unlock();
        }
    }

    /// The event loop has written a piece and found the stream full or not.
    void written(boolean nowFull) {
        lock.lock();
        try {
            pending--;
            full = nowFull;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// The stream can take more, or it is gone and nobody needs to wait for it.
    void open() {
        lock.lock();
        try {
            full = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for room; false when there is none in time.
    boolean await(long millis) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (full || pending >= MAX_PENDING) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
