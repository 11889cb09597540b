package dev.soma.constitution.internal;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.ConstitutionCheck;
import dev.soma.constitution.Statements;
import dev.soma.events.Changes;
import dev.soma.events.Outbox;
import dev.soma.kernel.Identifiers;
import dev.soma.runtime.Cache;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import dev.soma.tenancy.Tenants;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires the module; only schedulers read the source, every process keeps the lease.
@Configuration(proxyBeanMethods = false)
class ConstitutionConfiguration {
    @Bean
    ConstitutionRepository constitutionRepository(JdbcClient jdbc, Pipeline pipeline) {
        return new ConstitutionRepository(jdbc, pipeline);
    }

    @Bean
    Alarms constitutionAlarms(MeterRegistry meters) {
        return new Alarms(meters);
    }

    @Bean
    ConstitutionDrafts constitutionDrafts(JdbcClient jdbc, Identifiers identifiers) {
        return new ConstitutionDrafts(jdbc, identifiers);
    }

    @Bean
    Statements statements(ConstitutionService constitutions, InstantSource clock) {
        return new SignedStatements(constitutions, clock);
    }

    @Bean
    Activator activator(
            ConstitutionRepository repository,
            TransactionTemplate transactions,
            Outbox outbox,
            ObjectProvider<Changes> changes,
            AuditLog audit,
            Identifiers identifiers,
            InstantSource clock) {
        return new Activator(
                repository, transactions, outbox, changes::getObject, audit, identifiers, clock);
    }

    @Bean
    ConstitutionService constitutions(
            ConstitutionRepository repository,
            ConstitutionSettings settings,
            ObjectProvider<ConstitutionCheck> check,
            Activator activator,
            AuditLog audit,
            Alarms alarms,
            InstantSource clock) {
        return new ConstitutionService(
                repository, settings, check::getObject, activator, audit, alarms, clock);
    }

    @Bean
    @RunsIn(Role.SCHEDULER)
    ConstitutionSource constitutionSource(ConstitutionSettings settings, Cache cache) {
        return settings.file() == null
                ? ConstitutionSource.redis(cache)
                : ConstitutionSource.file(settings.file());
    }

    @Bean
    ConstitutionWatch constitutionWatch(
            ConstitutionService service,
            Optional<ConstitutionSource> source,
            ConstitutionSettings settings,
            Cache cache,
            ObjectProvider<Tenants> tenants,
            Alarms alarms,
            MeterRegistry meters) {
        return new ConstitutionWatch(
                service,
                source,
                settings,
                new ConstitutionWatch.Mirror(cache, tenants::getObject),
                source.map(found -> settings.hintUrl()).map(url -> new VersionHint(url, alarms)),
                meters);
    }
}
