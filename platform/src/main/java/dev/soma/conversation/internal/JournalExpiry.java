package dev.soma.conversation.internal;

import dev.soma.runtime.StopOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;

/// Takes out frames that are older than the journal is kept, and ends sessions that nobody uses, at
/// start and then every minute.
class JournalExpiry implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(JournalExpiry.class);
    private static final long PAUSE_MILLIS = 60_000;

    private final JournalRepository journal;
    private final SessionRepository sessions;
    private final OnceRepository once;
    private final ConversationSettings settings;
    private volatile boolean running;
    private volatile Thread thread = Thread.currentThread();

    JournalExpiry(
            JournalRepository journal,
            SessionRepository sessions,
            OnceRepository once,
            ConversationSettings settings) {
        this.once = once;
        this.journal = journal;
        this.sessions = sessions;
        this.settings = settings;
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofVirtual().name("journal-expiry").start(this::run);
    }

    private void run() {
        while (running) {
            try {
                expire();
                Thread.sleep(PAUSE_MILLIS);
            } catch (DataAccessException e) {
                log.atWarn().log("old frames could not be taken out; tried again");
                running = pause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void expire() {
        int rows = journal.purge(settings.journalDays());
        once.expire();
        int idle = sessions.expire(settings.sessionIdleSeconds());
        if (rows + idle > 0) {
            log.atInfo()
                    .addKeyValue("bursts", rows)
                    .addKeyValue("sessions", idle)
                    .log("old frames are gone, and sessions that nobody used have ended");
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(1_000);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
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
