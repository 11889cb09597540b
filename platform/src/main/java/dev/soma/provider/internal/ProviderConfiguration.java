package dev.soma.provider.internal;

import dev.soma.events.Changes;
import dev.soma.events.Outbox;
import dev.soma.kernel.Identifiers;
import dev.soma.provider.ProviderClient;
import dev.soma.runtime.Sealer;
import dev.soma.runtime.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Wires the module.
@Configuration(proxyBeanMethods = false)
class ProviderConfiguration {
    @Bean
    ModelHealth modelHealth() {
        return new ModelHealth();
    }

    @Bean
    ModelProfiles modelProfiles(
            JdbcClient jdbc,
            ObjectProvider<Changes> changes,
            ObjectProvider<Outbox> outbox,
            Identifiers identifiers) {
        return new ModelProfiles(jdbc, changes::getObject, outbox::getObject, identifiers);
    }

    @Bean
    ProviderRegistry providers(
            JdbcClient jdbc,
            Sealer sealer,
            ModelProfiles profiles,
            ModelHealth health,
            ObjectProvider<Changes> changes) {
        return new ProviderRegistry(jdbc, sealer, profiles, health, changes::getObject);
    }

    @Bean
    GuardedProviderClient providerClient(
            Vertx vertx,
            ProviderSettings settings,
            ModelHealth health,
            MeterRegistry meters,
            Traces traces) {
        return new GuardedProviderClient(
                new HttpProviderClient(vertx, settings), health, vertx, meters, traces);
    }

    @Bean
    @Primary
    QueuedProviderClient providerQueue(
            GuardedProviderClient calls,
            Vertx vertx,
            ProviderSettings settings,
            MeterRegistry meters,
            Traces traces) {
        return new QueuedProviderClient(
                calls, vertx, settings, new QueuedProviderClient.Watch(meters, traces));
    }

    @Bean
    ModelProbe modelProbe(ProviderClient client, Vertx vertx) {
        return new ModelProbe(client, vertx);
    }
}
