package dev.soma.events.internal;

import dev.soma.events.Inbox;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// The note and the effect share a transaction, so neither exists without the other.
class PostgresInbox implements Inbox {
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;

    PostgresInbox(JdbcClient jdbc, TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.transactions = transactions;
    }

    @Override
    public boolean once(String consumer, String source, String eventId, Runnable effect) {
        Boolean applied =
                transactions.execute(
                        status -> {
                            int fresh =
                                    jdbc.sql(
                                                    "INSERT INTO inbox (consumer, source, event_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                                            .param(consumer)
                                            .param(source)
                                            .param(eventId)
                                            .update();
                            if (fresh == 0) {
                                return false;
                            }
                            effect.run();
                            return true;
                        });
        return Boolean.TRUE.equals(applied);
    }
}
