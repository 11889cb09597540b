package dev.soma.conversation.internal;

import dev.soma.conversation.internal.TurnRepository.Unfinished;
import dev.soma.events.EventDraft;
import dev.soma.events.Outbox;
import dev.soma.metering.Ledger;
import dev.soma.metering.Ledger.Settlement;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.StopOrder;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/// Says that this node lives, and ends what dead ones left: nobody counted their tokens, so the
/// whole hold is booked.
class NodePulse implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(NodePulse.class);
    private static final int BEAT_MILLIS = 2_000;
    private static final int BATCH = 500;

    private final TurnRepository turns;
    private final Endings endings;
    private final TransactionTemplate transactions;
    private final Ledger ledger;
    private final Outbox outbox;
    private final ConversationEvents events;
    private final NodeSettings node;
    private final ConversationSettings settings;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("node-pulse").factory());
    private volatile NodeLife life = new NodeLife("", 0);
    private volatile boolean running;

    /// Where orphans are found, and how they end.
    record Orphanage(TurnRepository turns, Endings endings) {}

    NodePulse(
            Orphanage orphanage,
            TransactionTemplate transactions,
            Ledger ledger,
            Outbox outbox,
            ConversationEvents events,
            NodeSettings node,
            ConversationSettings settings) {
        this.turns = orphanage.turns();
        this.endings = orphanage.endings();
        this.transactions = transactions;
        this.ledger = ledger;
        this.outbox = outbox;
        this.events = events;
        this.node = node;
        this.settings = settings;
    }

    NodeLife life() {
        return life;
    }

    @Override
    public void start() {
        life = turns.enter(node.id());
        recover();
        running = true;
        var _ =
                timer.scheduleWithFixedDelay(
                        this::beat, BEAT_MILLIS, BEAT_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void beat() {
        try {
            turns.beat(life);
            recover();
        } catch (DataAccessException | TransactionException e) {
            log.atWarn().log("this node's heartbeat could not be written");
        }
    }

    private void recover() {
        int taken = BATCH;
        while (taken == BATCH) {
            taken = Optional.ofNullable(transactions.execute(status -> recoverBatch())).orElse(0);
        }
    }

    private int recoverBatch() {
        List<Unfinished> orphans = turns.takeOrphans(settings.nodeDeadMillis(), BATCH);
        endings.tell(orphans, "owner_lost");
        ledger.settle(
                orphans.stream()
                        .map(orphan -> new Settlement(orphan.began().turn(), Optional.empty()))
                        .toList());
        List<EventDraft> told = orphans.stream().map(events::ownerLost).toList();
        outbox.add(told);
        if (!orphans.isEmpty()) {
            log.atWarn()
                    .addKeyValue("turns", orphans.size())
                    .log("turns of a node that died were ended and settled");
        }
        return orphans.size();
    }

    @Override
    public void stop() {
        timer.shutdown();
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.CONVERSATION - 1;
    }
}
