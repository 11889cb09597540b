package dev.soma.cli;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// The pause between two looks at something that is awaited.
final class Waiting {
    private Waiting() {}

    static void millis(long millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
        if (Thread.currentThread().isInterrupted()) {
            throw new CommandException("interrupted");
        }
    }
}
