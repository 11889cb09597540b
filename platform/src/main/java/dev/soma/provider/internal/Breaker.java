package dev.soma.provider.internal;

import dev.soma.provider.ProviderClient.Failure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/// Whether a model is worth asking. It is not after five failures in a row, or when half of at
/// least
/// twenty calls of the last thirty seconds failed: then it rests for five seconds, twice as long
/// each
/// time it fails again, up to a minute, and is tried with one call after each rest. One that says
/// that it takes no more requests rests for as long as it asks. Pure; not thread-safe.
final class Breaker {
    static final int IN_A_ROW = 5;
    static final int MIN_CALLS = 20;
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(30);
    static final long FIRST_REST = TimeUnit.SECONDS.toNanos(5);
    static final long LONGEST_REST = TimeUnit.SECONDS.toNanos(60);
    private static final long QUOTA_REST = TimeUnit.SECONDS.toNanos(1);

    /// How calls of the last while ended, the oldest first.
    private final Deque<Ended> recent = new ArrayDeque<>();

    private int failedOfRecent;
    private int inARow;
    private long rest;
    private long closedUntil;
    private boolean resting;
    private boolean trying;

    private record Ended(long at, boolean failed) {}

    /// @param now of the monotonic clock, in nanoseconds
    /// @return whether to call; a call that goes on has to be followed by [#ended] or [#withdrawn]
    boolean mayCall(long now) {
        if (!resting) {
            return true;
        }
        if (now - closedUntil < 0 || trying) {
            return false;
        }
        trying = true;
        return true;
    }

    /// How long it rests still, in nanoseconds.
    long restLeft(long now) {
        return resting ? Math.max(0, closedUntil - now) : 0;
    }

    /// The caller took its call back, which says nothing of the model.
    void withdrawn() {
        trying = false;
    }

    void succeeded(long now) {
        note(now, false);
        inARow = 0;
        trying = false;
        resting = false;
        rest = 0;
    }

    /// @param failure how it failed; only what the model is to blame for counts
    /// @param retryAfter how long it asks to be left alone in nanoseconds, or 0
    /// @param jitter from 0 to 1, so that nodes do not come back together
    void failed(long now, Failure failure, long retryAfter, double jitter) {
        boolean tried = trying;
        trying = false;
        switch (failure) {
            case RATE_LIMITED -> restFor(now, retryAfter > 0 ? retryAfter : QUOTA_REST);
            case REFUSED, CONTEXT_LENGTH -> succeeded(now);
            case UNAVAILABLE, BUSY, UNSUPPORTED -> {}
            case CONNECT, TIMEOUT, SERVER_ERROR, CUT, MALFORMED, TOO_LARGE -> {
                note(now, true);
                inARow++;
                boolean half = recent.size() >= MIN_CALLS && failedOfRecent * 2 >= recent.size();
                if (tried || inARow >= IN_A_ROW || half) {
                    rest = rest == 0 ? FIRST_REST : Math.min(LONGEST_REST, rest * 2);
                    restFor(now, rest - (long) (rest * 0.2 * jitter));
                }
            }
        }
    }

    private void restFor(long now, long nanos) {
        resting = true;
        closedUntil = now + nanos;
    }

    private void note(long now, boolean failed) {
        recent.addLast(new Ended(now, failed));
        failedOfRecent += failed ? 1 : 0;
        while (now - recent.getFirst().at() > WINDOW || recent.size() > 1_000) {
            failedOfRecent -= recent.removeFirst().failed() ? 1 : 0;
        }
    }
}
