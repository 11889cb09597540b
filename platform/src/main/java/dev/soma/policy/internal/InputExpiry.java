package dev.soma.policy.internal;

import dev.soma.runtime.StopOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;

/// Destroys the keys of inputs that are older than they are kept, and forgets what no sequence rule
/// can look back to, at start and then every ten minutes.
class InputExpiry implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(InputExpiry.class);
    private static final long PAUSE_MILLIS = 600_000;

    private final ComplianceRepository compliance;
    private final SequenceStore sequences;
    private volatile boolean running;
    private volatile Thread thread = Thread.currentThread();

    InputExpiry(ComplianceRepository compliance, SequenceStore sequences) {
        this.sequences = sequences;
        this.compliance = compliance;
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofVirtual().name("input-expiry").start(this::run);
    }

    private void run() {
        while (running) {
            try {
                sequences.expire();
                int keys = compliance.expire();
                if (keys > 0) {
                    log.atInfo().addKeyValue("keys", keys).log("old inputs can no longer be read");
                }
                Thread.sleep(PAUSE_MILLIS);
            } catch (DataAccessException e) {
                log.atWarn().log("old inputs could not be expired; tried again");
                pause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running = false;
        }
    }

    @Override
    public void stop() {
        running = false;
        thread.interrupt();
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
