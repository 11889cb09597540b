package dev.soma.conversation.internal;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.soma.constitution.Constitutions;
import dev.soma.conversation.Journal;
import dev.soma.conversation.Turns;
import dev.soma.events.Outbox;
import dev.soma.kernel.Identifiers;
import dev.soma.metering.Ledger;
import dev.soma.policy.Approvals;
import dev.soma.policy.DecisionLog;
import dev.soma.policy.KillSwitches;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.TurnOutcomes;
import dev.soma.provider.ProviderClient;
import dev.soma.provider.Providers;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires the module; only gateways run turns.
@Configuration(proxyBeanMethods = false)
@RunsIn(Role.GATEWAY)
class ConversationConfiguration {
    @Bean
    TurnRepository turnRepository(JdbcClient jdbc, Pipeline pipeline) {
        return new TurnRepository(jdbc, pipeline);
    }

    @Bean
    TurnOutcomes turnOutcomes(TurnRepository turns, JournalRepository journal) {
        return new PastTurns(turns, journal);
    }

    @Bean
    JournalBells journalBells() {
        return new JournalBells();
    }

    @Bean
    SessionEntry.Kept keptTurns(JdbcClient jdbc, JournalRepository journal, OnceRepository once) {
        return new SessionEntry.Kept(new History(jdbc), journal, once);
    }

    @Bean
    SessionEntry sessionEntry(
            SessionRepository sessions,
            SessionEntry.Kept kept,
            StopIntents stops,
            JournalBells bells) {
        return new SessionEntry(sessions, kept, stops, bells);
    }

    @Bean
    StopFollower stopFollower(StopIntents intents, NodePulse node, RunningTurns running) {
        return new StopFollower(intents, node, running);
    }

    @Bean
    JournalReading.Sources journalSources(
            SessionRepository sessions, JournalRepository journal, JournalBells bells) {
        return new JournalReading.Sources(sessions, journal, bells);
    }

    @Bean
    Journal journal(JournalReading.Sources sources, Vertx vertx) {
        return new JournalReadings(sources, vertx);
    }

    @Bean
    Endings turnEndings(TurnRepository turns, JournalRepository journal) {
        return new Endings(turns, journal);
    }

    @Bean
    NodePulse.Orphanage orphanage(TurnRepository turns, Endings endings) {
        return new NodePulse.Orphanage(turns, endings);
    }

    @Bean
    TurnTransaction.Tables turnTables(
            TurnRepository turns, JournalRepository journal, OnceRepository once, Endings endings) {
        return new TurnTransaction.Tables(turns, journal, once, endings);
    }

    @Bean
    NodePulse nodePulse(
            NodePulse.Orphanage orphanage,
            TransactionTemplate transactions,
            Ledger ledger,
            Outbox outbox,
            ConversationEvents events,
            NodeSettings node,
            ConversationSettings settings) {
        return new NodePulse(orphanage, transactions, ledger, outbox, events, node, settings);
    }

    @Bean
    TurnTransaction.Records turnRecords(
            Outbox outbox, ConversationEvents events, DecisionLog decisions, Approvals approvals) {
        return new TurnTransaction.Records(outbox, events, decisions, approvals);
    }

    @Bean
    TurnTransaction.Law turnLaw(Constitutions constitutions, PolicyEngine policy) {
        return new TurnTransaction.Law(constitutions, policy);
    }

    @Bean
    TurnTransaction turnTransaction(
            TransactionTemplate transactions,
            TurnTransaction.Tables tables,
            Ledger ledger,
            TurnTransaction.Records records,
            TurnTransaction.Law law,
            NodePulse node) {
        return new TurnTransaction(transactions, tables, ledger, records, law, node);
    }

    @Bean
    TurnCommitter turnCommitter(
            TurnTransaction transaction,
            JournalBells bells,
            ConversationSettings settings,
            MeterRegistry meters) {
        return new TurnCommitter(transaction, bells, settings, meters);
    }

    @Bean
    RunningTurns runningTurns(KillSwitches switches) {
        return new RunningTurns(switches);
    }

    @Bean
    GovernedTurns.Doors turnDoors(
            PolicyEngine policy, RunningTurns running, SessionEntry entry, Approvals approvals) {
        return new GovernedTurns.Doors(policy, running, entry, new Reviews(approvals));
    }

    @Bean
    AnswerCache answerCache(ConversationSettings settings, MeterRegistry meters) {
        return new AnswerCache(settings.cacheBytes(), Ticker.systemTicker(), meters);
    }

    @Bean
    GovernedTurns.Models turnModels(ProviderClient client, AnswerCache cache) {
        return new GovernedTurns.Models(client, cache);
    }

    @Bean
    GovernedTurns.Writing turnWriting(
            Vertx vertx,
            TurnCommitter committer,
            GovernedTurns.Doors doors,
            GovernedTurns.Models models,
            Identifiers identifiers,
            InstantSource clock,
            ConversationSettings settings) {
        return new GovernedTurns.Writing(
                vertx, committer, doors, models, identifiers, clock, settings);
    }

    @Bean
    Turns turns(Providers providers, GovernedTurns.Writing writing) {
        return new GovernedTurns(providers, writing);
    }
}
