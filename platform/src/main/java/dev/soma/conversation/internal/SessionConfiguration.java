package dev.soma.conversation.internal;

import dev.soma.events.Changes;
import dev.soma.events.Outbox;
import dev.soma.identity.SessionTokens;
import dev.soma.kernel.Identifiers;
import dev.soma.policy.Erasable;
import dev.soma.policy.PolicyEngine;
import dev.soma.runtime.Chore;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires what sessions are beside their turns.
@Configuration(proxyBeanMethods = false)
class SessionConfiguration {
    @Bean
    ConversationEvents conversationEvents(Identifiers identifiers) {
        return new ConversationEvents(identifiers);
    }

    @Bean
    SessionRepository sessionRepository(JdbcClient jdbc) {
        return new SessionRepository(jdbc);
    }

    @Bean
    JournalRepository journalRepository(JdbcClient jdbc, Pipeline pipeline) {
        return new JournalRepository(jdbc, pipeline);
    }

    @Bean
    OnceRepository onceRepository(JdbcClient jdbc, Pipeline pipeline) {
        return new OnceRepository(jdbc, pipeline);
    }

    @Bean
    StopIntents stopIntents(JdbcClient jdbc, ObjectProvider<Changes> changes) {
        return new StopIntents(jdbc, changes::getObject);
    }

    @Bean
    @RunsIn(Role.API)
    SessionStarts sessionStarts(
            TransactionTemplate transactions,
            SessionRepository sessions,
            PolicyEngine policy,
            SessionTokens tokens,
            Outbox outbox,
            ConversationEvents events) {
        return new SessionStarts(transactions, sessions, policy, tokens, outbox, events);
    }

    @Bean
    @RunsIn(Role.API)
    Erasable journalErasure(JournalRepository journal, ObjectProvider<Changes> changes) {
        return (permit, user) -> {
            changes.getObject().announce(Changes.Kind.ERASURE, permit.tenant());
            journal.erase(permit.tenant().value(), user);
        };
    }

    @Bean
    @RunsIn(Role.SCHEDULER)
    Chore journalExpiry(
            JournalRepository journal,
            SessionRepository sessions,
            OnceRepository once,
            ConversationSettings settings) {
        return new Chore(
                "journal-expiry",
                JournalExpiry.PAUSE_MILLIS,
                new JournalExpiry(journal, sessions, once, settings));
    }
}
