package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.internal.TurnWrite.Admission;
import dev.soma.conversation.internal.TurnWrite.Admit;
import dev.soma.conversation.internal.TurnWrite.Append;
import dev.soma.conversation.internal.TurnWrite.End;
import dev.soma.conversation.internal.TurnWrite.Extend;
import dev.soma.conversation.internal.TurnWrite.Refuse;
import dev.soma.conversation.internal.TurnWrite.TurnEnd;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger.Usage;
import dev.soma.runtime.StopOrder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.TransactionException;

/// Writes the turns of this node, many in one transaction: one thread takes everything that waits.
/// A batch that the
/// database refuses as a whole is tried turn by turn, so that one bad turn stops nobody else.
/// Frames
/// and ends of turns are tried again until the database takes them: callers wait for the ones,
/// money
/// is held until the others.
class TurnCommitter implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(TurnCommitter.class);
    private static final int IDLE_MILLIS = 200;
    private static final int RETRY_MILLIS = 250;
    private static final Frames NOTHING = new Frames(1, List.of(), new byte[0]);

    private final TurnTransaction transaction;
    private final JournalBells bells;
    private final ConversationSettings settings;
    private final BlockingQueue<TurnWrite> queue;
    private final Timer commitTime;
    private volatile boolean running;
    private volatile boolean stopping;
    private volatile Thread thread = Thread.currentThread();

    TurnCommitter(
            TurnTransaction transaction,
            JournalBells bells,
            ConversationSettings settings,
            MeterRegistry meters) {
        this.transaction = transaction;
        this.bells = bells;
        this.settings = settings;
        this.queue = new ArrayBlockingQueue<>(settings.commitQueue());
        this.commitTime = meters.timer("soma_conversation_commit_seconds");
    }

    /// Queues a write; its future completes once the transaction has.
    ///
    /// @return false when too much waits already; nothing will be written then
    boolean offer(TurnWrite write) {
        return !stopping && queue.offer(write);
    }

    /// Queues what may not be lost, frames of a turn or its end: waits for room instead of
    /// refusing.
    void offerSurely(TurnWrite write) {
        if (!queue.offer(write)) {
            Thread.startVirtualThread(() -> put(write));
        }
    }

    private void put(TurnWrite write) {
        try {
            queue.put(write);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static End undo(Admit admit) {
        return new End(
                admit.key(),
                TurnEnd.failed(TurnEnd.ADMISSION_UNKNOWN, ""),
                Optional.of(new Usage(0, 0, 0)),
                List.of(),
                NOTHING,
                new CompletableFuture<>());
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofPlatform().name("turn-committer").start(this::run);
    }

    private void run() {
        List<TurnWrite> batch = new ArrayList<>(settings.commitBatch());
        try {
            while (running || !queue.isEmpty()) {
                TurnWrite first = queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, settings.commitBatch() - 1);
                    commit(batch);
                    batch.clear();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void commit(List<TurnWrite> batch) throws InterruptedException {
        long started = System.nanoTime();
        try {
            transaction.run(batch).run();
            batch.forEach(write -> bells.ring(write.key().place()));
        } catch (DataIntegrityViolationException e) {
            oneByOne(batch, e);
        } catch (DataAccessException | TransactionException e) {
            unavailable(batch, e);
        } catch (RuntimeException e) {
            oneByOne(batch, e);
        }
        commitTime.record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
    }

    private void oneByOne(List<TurnWrite> batch, RuntimeException cause)
            throws InterruptedException {
        if (batch.size() == 1) {
            log.atError()
                    .setCause(cause)
                    .addKeyValue("turn", batch.getFirst().key().turn())
                    .log("a turn cannot be written");
            reject(batch.getFirst());
            return;
        }
        for (TurnWrite write : batch) {
            commit(List.of(write));
        }
    }

    /// An end whose usage cannot be booked is booked as the whole hold, so that no money stays
    /// held.
    private void reject(TurnWrite write) {
        switch (write) {
            case Admit admit ->
                    admit.done()
                            .complete(
                                    new Admission.NotAdmitted(
                                            ProblemKind.INTERNAL_ERROR,
                                            "The turn cannot be recorded."));
            case Refuse refuse -> refuse.done().complete(false);
            case Append append -> append.done().complete(false);
            case Extend extend -> extend.done().complete(false);
            case End end when end.usage().isPresent() ->
                    offerSurely(
                            new End(
                                    end.key(),
                                    end.end(),
                                    Optional.empty(),
                                    end.calls(),
                                    end.frames(),
                                    end.done()));
            case End end -> end.done().complete(false);
        }
    }

    /// Refusals end here, frames and ends come back. Whether an admission was committed is not
    /// known when the
    /// connection broke during the commit, so an end follows it, which does nothing if it was not.
    private void unavailable(List<TurnWrite> batch, RuntimeException cause)
            throws InterruptedException {
        log.atWarn()
                .addKeyValue("turns", batch.size())
                .addKeyValue("cause", cause.getMessage())
                .log("the database does not take turns");
        List<TurnWrite> again = new ArrayList<>();
        for (TurnWrite write : batch) {
            switch (write) {
                case Admit admit -> {
                    admit.done()
                            .complete(
                                    new Admission.NotAdmitted(
                                            ProblemKind.ENGINE_UNAVAILABLE,
                                            "The database does not answer."));
                    again.add(undo(admit));
                }
                case Refuse refuse -> refuse.done().complete(false);
                case Append append -> again.add(append);
                case Extend extend -> extend.done().complete(false);
                case End end -> again.add(end);
            }
        }
        if (running) {
            TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            again.forEach(this::offerSurely);
        } else {
            again.forEach(TurnCommitter::giveUp);
        }
    }

    private static void giveUp(TurnWrite write) {
        switch (write) {
            case Append append -> append.done().complete(false);
            case End end -> end.done().complete(false);
            case Admit _, Refuse _, Extend _ -> throw new IllegalStateException("told already");
        }
    }

    @Override
    public void stop() {
        stopping = true;
        running = false;
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.CONVERSATION;
    }
}
