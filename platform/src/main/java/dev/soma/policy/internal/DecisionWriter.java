package dev.soma.policy.internal;

import dev.soma.policy.Approvals;
import dev.soma.policy.DecisionLog;
import dev.soma.policy.DecisionRow;
import dev.soma.runtime.StopOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/// Writes evaluations to the decision log, many in one transaction: one thread takes everything
/// that waits. What the database does not take fails, and its caller gets no answer to act on.
class DecisionWriter implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(DecisionWriter.class);
    private static final int QUEUE = 4_096;
    private static final int BATCH = 256;
    private static final int IDLE_MILLIS = 200;

    private final TransactionTemplate transactions;
    private final DecisionLog decisions;
    private final Approvals approvals;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUE);
    private volatile boolean running;
    private volatile Thread thread = Thread.currentThread();

    private record Waiting(DecisionRow row, CompletableFuture<DecisionRow> done) {}

    DecisionWriter(TransactionTemplate transactions, DecisionLog decisions, Approvals approvals) {
        this.approvals = approvals;
        this.transactions = transactions;
        this.decisions = decisions;
    }

    /// @return completes once the row is durable
    CompletableFuture<DecisionRow> write(DecisionRow row) {
        CompletableFuture<DecisionRow> done = new CompletableFuture<>();
        if (!running || !queue.offer(new Waiting(row, done))) {
            done.completeExceptionally(
                    new IllegalStateException("too many decisions wait to be written"));
        }
        return done;
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofPlatform().name("decision-writer").start(this::run);
    }

    private void run() {
        List<Waiting> batch = new ArrayList<>(BATCH);
        try {
            while (running || !queue.isEmpty()) {
                Waiting first = queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, BATCH - 1);
                    commit(batch);
                    batch.clear();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void commit(List<Waiting> batch) {
        try {
            Set<UUID> used =
                    transactions.execute(
                            status -> {
                                List<DecisionRow> rows = batch.stream().map(Waiting::row).toList();
                                decisions.insert(rows);
                                return approvals.use(rows);
                            });
            batch.forEach(waiting -> tell(waiting, used));
        } catch (DataAccessException | TransactionException e) {
            log.atWarn()
                    .setCause(e)
                    .addKeyValue("decisions", batch.size())
                    .log("the database does not take decisions");
            batch.forEach(waiting -> waiting.done().completeExceptionally(e));
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("decisions cannot be written");
            batch.forEach(waiting -> waiting.done().completeExceptionally(e));
        }
    }

    private static void tell(Waiting waiting, Set<UUID> used) {
        DecisionRow row = waiting.row();
        if (row.verdict().approval().isEmpty() || used.contains(row.id())) {
            waiting.done().complete(row);
        } else {
            waiting.done()
                    .completeExceptionally(
                            new IllegalStateException("the approval was used in between"));
        }
    }

    @Override
    public void stop() {
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
