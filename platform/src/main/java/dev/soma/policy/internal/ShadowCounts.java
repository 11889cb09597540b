package dev.soma.policy.internal;

import dev.soma.kernel.Violation;
import dev.soma.policy.Verdict;
import dev.soma.runtime.StopOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// Counts where a watched draft would decide otherwise, by the rule that makes the difference, and
/// writes the counts once a second. What a crash loses is at most the last second. Thread-safe.
class ShadowCounts implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ShadowCounts.class);
    private static final int FLUSH_MILLIS = 1_000;
    private static final int MAX_CHANGES = 10_000;

    private final Consumer<Map<Change, Long>> store;
    private final Map<Change, LongAdder> counts = new ConcurrentHashMap<>();
    private volatile boolean running;
    private volatile Thread thread = Thread.currentThread();

    ShadowCounts(Consumer<Map<Change, Long>> store) {
        this.store = store;
    }

    record Change(UUID draft, String rule, String was, String wouldBe) {}

    void compare(UUID draft, Evaluator.Finding real, Evaluator.Finding shadow) {
        if (real.word() == shadow.word()) {
            return;
        }
        boolean stricter = strictness(shadow.word()) > strictness(real.word());
        Set<String> known = names((stricter ? real : shadow).violations());
        for (String rule : names((stricter ? shadow : real).violations())) {
            if (!known.contains(rule)) {
                count(new Change(draft, rule, real.word().wireName(), shadow.word().wireName()));
            }
        }
    }

    private static int strictness(Verdict.Word word) {
        return switch (word) {
            case ALLOW -> 0;
            case REVIEW -> 1;
            case DENY -> 2;
        };
    }

    private static Set<String> names(List<Violation> violations) {
        return violations.stream().map(Violation::rule).collect(Collectors.toSet());
    }

    private void count(Change change) {
        if (counts.size() < MAX_CHANGES || counts.containsKey(change)) {
            counts.computeIfAbsent(change, fresh -> new LongAdder()).increment();
        }
    }

    private void flush() {
        Map<Change, Long> taken = new HashMap<>();
        counts.forEach(
                (change, count) -> {
                    long seen = count.sumThenReset();
                    if (seen > 0) {
                        taken.put(change, seen);
                    }
                });
        if (taken.isEmpty()) {
            return;
        }
        try {
            store.accept(taken);
        } catch (DataAccessException | TransactionException e) {
            log.atWarn().log("what drafts would change could not be written; tried again");
            taken.forEach((change, count) -> again(change, count));
        }
    }

    private void again(Change change, long count) {
        counts.computeIfAbsent(change, fresh -> new LongAdder()).add(count);
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofPlatform().name("shadow-counts").start(this::run);
    }

    private void run() {
        while (running) {
            try {
                Thread.sleep(FLUSH_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            flush();
        }
    }

    @Override
    public void stop() {
        running = false;
        thread.interrupt();
        flush();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.FOLLOWERS;
    }
}
