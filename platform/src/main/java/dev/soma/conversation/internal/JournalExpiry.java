package dev.soma.conversation.internal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes out frames that are older than the journal is kept, and ends sessions that nobody uses.
class JournalExpiry implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(JournalExpiry.class);
    static final long PAUSE_MILLIS = 60_000;

    private final JournalRepository journal;
    private final SessionRepository sessions;
    private final OnceRepository once;
    private final ConversationSettings settings;

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
    public void run() {
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
}
