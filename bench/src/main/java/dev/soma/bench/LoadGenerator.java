package dev.soma.bench;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/// Sends a lane's requests at a target and verifies every answer. In a closed loop each of N
/// senders waits for its answer; in an open loop requests leave at planned times, and latency
/// counts from the plan, so a stalled server cannot hide the requests that it kept waiting.
final class LoadGenerator implements AutoCloseable {
    private static final int MOST_PLANNED = 2_000_000;
    private static final long GRACE_SECONDS = 15;

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    private final Context context = vertx.getOrCreateContext();

    LaneResult closed(Target target, Lane lane, Duration time) throws InterruptedException {
        Run run = new Run(vertx, target, lane, lane.concurrency());
        long start = System.nanoTime();
        context.runOnContext(now -> run.loop(lane.concurrency(), start + time.toNanos()));
        return finish(run, start, time.toSeconds() + GRACE_SECONDS);
    }

    LaneResult open(Target target, Lane lane, Duration time, long seed)
            throws InterruptedException {
        return planned(target, lane, poisson(lane.perSecond(), time, seed), 1024, time);
    }

    /// Each sender thinks first, so that they do not all begin together.
    LaneResult thinking(Target target, Lane lane, Duration time, long seed)
            throws InterruptedException {
        Run run = new Run(vertx, target, lane, lane.concurrency(), new Random(seed));
        long start = System.nanoTime();
        context.runOnContext(now -> run.think(lane.concurrency(), start + time.toNanos()));
        return finish(run, start, time.toSeconds() + GRACE_SECONDS);
    }

    /// Starts this many streams evenly over one second and reads each to its end, which lasts
    /// `time` at the script's pace.
    LaneResult streams(Target target, Lane lane, int streams, Duration time)
            throws InterruptedException {
        long[] offsets = new long[streams];
        for (int i = 0; i < streams; i++) {
            offsets[i] = i * 1_000_000_000L / streams;
        }
        return planned(target, lane, offsets, streams, time.plusSeconds(1));
    }

    private LaneResult planned(
            Target target, Lane lane, long[] offsets, int connections, Duration time)
            throws InterruptedException {
        Run run = new Run(vertx, target, lane, connections);
        long start = System.nanoTime();
        for (long offset : offsets) {
            waitUntil(start + offset);
            context.runOnContext(now -> run.send(start + offset));
        }
        context.runOnContext(now -> run.planned());
        return finish(run, start, time.toSeconds() + GRACE_SECONDS);
    }

    private LaneResult finish(Run run, long start, long seconds) throws InterruptedException {
        try {
            run.finished().get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            CompletableFuture<Void> given = new CompletableFuture<>();
            context.runOnContext(
                    now -> {
                        run.giveUp();
                        given.complete(null);
                    });
            given.join();
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "the generator failed at " + run.target(), e.getCause());
        } finally {
            ScriptedProvider.await(run.close());
        }
        return run.result((System.nanoTime() - start) / 1e9);
    }

    /// Arrivals of a Poisson process: exponential times between them, from a seed that a report can
    /// name.
    static long[] poisson(double perSecond, Duration time, long seed) {
        if (perSecond <= 0 || perSecond * time.toSeconds() > MOST_PLANNED) {
            throw new IllegalArgumentException(
                    "at most " + MOST_PLANNED + " planned requests, at a rate above 0");
        }
        Random random = new Random(seed);
        long[] offsets = new long[(int) Math.ceil(perSecond * time.toNanos() / 1e9)];
        double at = 0;
        for (int i = 0; i < offsets.length; i++) {
            at += -Math.log(1 - random.nextDouble()) / perSecond;
            offsets[i] = (long) (at * 1e9);
        }
        return offsets;
    }

    private static void waitUntil(long nanos) throws InterruptedException {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException("while waiting for a planned send time");
            }
        }
    }

    @Override
    public void close() {
        ScriptedProvider.await(vertx.close());
    }
}
