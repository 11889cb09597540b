package dev.soma.conversation.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param cacheBytes answers that are kept in memory, of all tenants together
/// @param commitBatch turns written in one transaction
/// @param commitQueue writes that may wait; one more is refused
/// @param defaultMaxTokens what an answer may have when the caller does not say
/// @param drainMillis how long an answer goes on after its caller left
/// @param journalDays how long frames of sessions can be read again, and what callers said is known
/// @param maxAttempts models that are asked for one turn, when one after another fails
/// @param nodeDeadMillis after which a node that is silent is taken for dead
/// @param sessionIdleSeconds after which a session that nobody uses ends
@Settings("soma.conversation")
record ConversationSettings(
        @DefaultValue("67108864") long cacheBytes,
        @DefaultValue("256") int commitBatch,
        @DefaultValue("4096") int commitQueue,
        @DefaultValue("512") int defaultMaxTokens,
        @DefaultValue("5000") int drainMillis,
        @DefaultValue("30") int journalDays,
        @DefaultValue("3") int maxAttempts,
        @DefaultValue("10000") int nodeDeadMillis,
        @DefaultValue("86400") int sessionIdleSeconds) {}
