package dev.soma.policy.internal;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.Constitutions;
import dev.soma.events.Changes;
import dev.soma.events.Publisher;
import dev.soma.kernel.Identifiers;
import dev.soma.policy.RefusalTaxonomy;
import dev.soma.policy.TurnOutcomes;
import dev.soma.runtime.Cache;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import dev.soma.runtime.Sealer;
import dev.soma.runtime.StopOrder;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.security.SecureRandom;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

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
    PolicyService policyEngine(
            Constitutions constitutions,
            RulePacks packs,
            AuditLog audit,
            Commitments commitments,
            Identifiers identifiers,
            MeterRegistry meters) {
        return new PolicyService(
                constitutions, packs, audit, commitments, identifiers, new PolicyMetrics(meters));
    }

    @Bean
    @RunsIn({Role.RELAY, Role.GATEWAY, Role.API})
    DecisionRelay decisionRelay(
            AuditLog audit, Publisher.Factory publishers, JdbcClient jdbc, NodeSettings node) {
        return new DecisionRelay(audit, publishers.open("decisions-" + node.id()), jdbc);
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
