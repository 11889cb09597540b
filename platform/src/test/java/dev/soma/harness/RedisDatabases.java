package dev.soma.harness;

import java.util.concurrent.atomic.AtomicInteger;

/// Gives each platform of this JVM one of the sixteen databases of the shared Redis.
final class RedisDatabases {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private RedisDatabases() {}

    static int next() {
        return NEXT.getAndIncrement() % 16;
    }
}
