package dev.soma.audit.internal;

import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Readiness;
import dev.soma.runtime.Sealer;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Wires the module. The log is a bean that is closed last, since every other bean may write to it.
@Configuration(proxyBeanMethods = false)
class AuditConfiguration {
    @Bean(destroyMethod = "close")
    NodeAuditLog auditLog(
            NodeSettings node,
            AuditSettings settings,
            Sealer sealer,
            SecureRandom random,
            InstantSource clock,
            MeterRegistry meters)
            throws IOException {
        String origin = "soma/audit/" + node.id();
        CheckpointKey key = CheckpointKey.loadOrCreate(node.directory(), origin, sealer, random);
        return new NodeAuditLog(
                node.directory().resolve("audit"), origin, settings, key, clock, meters);
    }

    @Bean
    Witnessing witnessing(
            NodeAuditLog log, NodeSettings node, AuditSettings settings, MeterRegistry meters)
            throws IOException {
        return new Witnessing(log, node.directory().resolve("audit"), settings, meters);
    }

    /// Of the log alone: a witness that is away, or that complains, stops no turn.
    @Bean
    Readiness auditReadiness(NodeAuditLog log) {
        return new Readiness() {
            @Override
            public String name() {
                return "audit";
            }

            @Override
            public Optional<String> problem() {
                return log.accepting()
                        ? Optional.empty()
                        : Optional.of(
                                "the audit log takes no entries; see the log of this process");
            }
        };
    }
}
