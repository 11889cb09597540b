package dev.soma.devkit;

import java.util.concurrent.atomic.AtomicBoolean;

/// Whether a test of this JVM failed; apart from its listener, because a JVM without JUnit asks
/// too.
final class TestFailures {
    private static final AtomicBoolean SEEN = new AtomicBoolean();

    private TestFailures() {}

    static void note() {
        SEEN.set(true);
    }

    static boolean any() {
        return SEEN.get();
    }
}
