package dev.soma.slm;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// One platform thread with a bounded line, for native work that must not block the event loop.
final class NativeThread {
    private static final long STACK_BYTES = 16L << 20;

    private final ThreadPoolExecutor executor;
    private final HttpDoor door;

    NativeThread(String name, int maxWaiting, HttpDoor door) {
        this.door = door;
        this.executor =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(maxWaiting),
                        task -> {
                            // The tokenizer recurses on long words.
                            Thread thread = new Thread(null, task, name, STACK_BYTES);
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /// Work whose outcome is applied on the event loop.
    interface Work {
        Runnable apply();
    }

    void run(Call call, Work work) {
        try {
            executor.execute(() -> call.onEventLoop(outcome(call, work)));
        } catch (RejectedExecutionException e) {
            throw new RefusedException(
                    Refusal.busy("server_busy", "Too many requests wait to be read.", 1));
        }
    }

    private Runnable outcome(Call call, Work work) {
        try {
            Runnable apply = work.apply();
            return () -> {
                try {
                    apply.run();
                } catch (RefusedException e) {
                    call.refuse(e.refusal());
                }
            };
        } catch (RefusedException e) {
            return () -> call.refuse(e.refusal());
        } catch (RuntimeException e) {
            return () -> door.failed(call, e);
        }
    }
}
