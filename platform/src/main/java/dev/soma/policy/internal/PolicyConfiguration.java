package dev.soma.policy.internal;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.Statements;
import dev.soma.events.Changes;
import dev.soma.events.Publisher;
import dev.soma.kernel.Identifiers;
import dev.soma.policy.DecisionClaims;
import dev.soma.policy.Erasable;
import dev.soma.policy.KillSwitches;
import dev.soma.policy.RefusalTaxonomy;
import dev.soma.policy.TurnOutcomes;
import dev.soma.runtime.Cache;
import dev.soma.runtime.Chore;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import dev.soma.runtime.Sealer;
import dev.soma.runtime.StopOrder;
import dev.soma.runtime.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires the module.
@Configuration(proxyBeanMethods = false)
class PolicyConfiguration {
    @Bean
    RulePacks rulePacks(
            JdbcClient jdbc,
            ObjectProvider<Changes> changes,
            ObjectProvider<RefusalTaxonomy> taxonomy,
            Cache cache) {
        return new RulePacks(jdbc, changes::getObject, taxonomy::getObject, cache);
    }

    @Bean
    Commitments commitments(NodeSettings node, Sealer sealer, SecureRandom random)
            throws IOException {
        return new Commitments(node, sealer, random);
    }

    @Bean
    ToolRegistry toolRegistry(JdbcClient jdbc, ObjectProvider<Changes> changes) {
        return new ToolRegistry(jdbc, changes::getObject);
    }

    @Bean
    InputVault inputVault(
            JdbcClient jdbc, Sealer sealer, SecureRandom random, PolicySettings settings) {
        return new InputVault(jdbc, sealer, random, settings.inputDays());
    }

    @Bean
    PostgresApprovals approvals(JdbcClient jdbc, PolicySettings settings) {
        return new PostgresApprovals(jdbc, settings.approvalSeconds());
    }

    @Bean
    DecisionRepository decisionRepository(
            JdbcClient jdbc, Pipeline pipeline, InputVault vault, PostgresApprovals approvals) {
        return new DecisionRepository(jdbc, pipeline, vault, approvals);
    }

    @Bean
    DecisionClaims decisionClaims(
            DecisionRepository decisions,
            Constitutions constitutions,
            AuditLog audit,
            Commitments commitments,
            Identifiers identifiers) {
        return new RecordedClaims(decisions, constitutions, audit, commitments, identifiers);
    }

    @Bean
    DecisionWriter decisionWriter(
            TransactionTemplate transactions,
            DecisionRepository decisions,
            PostgresApprovals approvals) {
        return new DecisionWriter(transactions, decisions, approvals);
    }

    @Bean
    PolicyDrafts policyDrafts(
            JdbcClient jdbc,
            ObjectProvider<Changes> changes,
            RulePacks packs,
            Identifiers identifiers) {
        return new PolicyDrafts(jdbc, changes::getObject, packs, identifiers);
    }

    @Bean
    ShadowCounts shadowCounts(PolicyDrafts drafts) {
        return new ShadowCounts(drafts::count);
    }

    @Bean
    Simulation simulation(DecisionRepository decisions, PolicyService policy) {
        return new Simulation(decisions, policy);
    }

    @Bean
    Loosening loosening(Statements statements) {
        return new Loosening(statements);
    }

    @Bean
    PolicyDraftRoutes.Judging policyInForce(
            PolicySnapshots snapshots, Constitutions constitutions) {
        return new PolicyDraftRoutes.Judging(snapshots, constitutions);
    }

    @Bean
    SequenceStore sequenceStore(JdbcClient jdbc, TransactionTemplate transactions) {
        return new SequenceStore(jdbc, transactions);
    }

    @Bean
    PolicyService.Memory policyMemory(SequenceStore sequences, PostgresApprovals approvals) {
        return new PolicyService.Memory(sequences, approvals);
    }

    @Bean
    PolicyService.Recorders policyRecorders(
            AuditLog audit,
            DecisionWriter decisions,
            ShadowCounts shadows,
            PolicyService.Memory memory) {
        return new PolicyService.Recorders(audit, decisions, shadows, memory);
    }

    @Bean
    ComplianceRepository complianceRepository(
            JdbcClient jdbc, ObjectProvider<Changes> changes, ObjectProvider<Erasable> others) {
        return new ComplianceRepository(jdbc, changes::getObject, () -> others.stream().toList());
    }

    @Bean
    @RunsIn(Role.SCHEDULER)
    Chore inputExpiry(ComplianceRepository compliance, SequenceStore sequences) {
        return new Chore(
                "input-expiry", InputExpiry.PAUSE_MILLIS, new InputExpiry(compliance, sequences));
    }

    @Bean
    PolicySnapshots policySnapshots(
            RulePacks packs,
            ToolRegistry tools,
            PolicyDrafts drafts,
            InputVault vault,
            PolicySettings settings) {
        return new PolicySnapshots(
                packs,
                tools,
                drafts,
                vault,
                new ConstitutionKeys(Set.copyOf(settings.nonEnforcingKeys())));
    }

    @Bean
    PolicyService.Currency policyCurrency(
            Changes changes, KillSwitches switches, Constitutions constitutions) {
        return new PolicyService.Currency(changes, switches, constitutions);
    }

    @Bean
    PolicyService.Sources policySources(
            Identifiers identifiers, InstantSource clock, SecureRandom random, Traces traces) {
        return new PolicyService.Sources(identifiers, clock, random, traces);
    }

    @Bean
    PolicyService policyEngine(
            PolicyService.Currency currency,
            PolicySnapshots snapshots,
            PolicyService.Recorders recorders,
            Commitments commitments,
            PolicyService.Sources sources,
            MeterRegistry meters) {
        return new PolicyService(
                currency, snapshots, recorders, commitments, sources, new PolicyMetrics(meters));
    }

    @Bean
    @RunsIn({Role.RELAY, Role.GATEWAY, Role.API})
    DecisionRelay decisionRelay(
            AuditLog audit,
            Publisher.Factory publishers,
            JdbcClient jdbc,
            NodeSettings node,
            DecisionRepository decisions) {
        return new DecisionRelay(audit, publishers.open("decisions-" + node.id()), jdbc, decisions);
    }

    /// Reconciles before the door opens.
    @Bean
    @RunsIn(Role.GATEWAY)
    SmartLifecycle admissionReconciliation(
            AuditLog audit, JdbcClient jdbc, ObjectProvider<TurnOutcomes> outcomes) {
        AdmissionReconciler reconciler = new AdmissionReconciler(audit, jdbc, outcomes::getObject);
        return new SmartLifecycle() {
            private volatile boolean running;

            @Override
            public void start() {
                reconciler.run();
                running = true;
            }

            @Override
            public void stop() {
                running = false;
            }

            @Override
            public boolean isRunning() {
                return running;
            }

            @Override
            public int getPhase() {
                return StopOrder.CONVERSATION + 1;
            }
        };
    }
}
