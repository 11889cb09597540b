package dev.soma.provider.internal;

import dev.soma.events.Changes;
import dev.soma.provider.ProviderClient;
import dev.soma.runtime.Sealer;
import io.vertx.core.Vertx;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Wires the module.
@Configuration(proxyBeanMethods = false)
class ProviderConfiguration {
    @Bean
    ProviderRegistry providers(JdbcClient jdbc, Sealer sealer, ObjectProvider<Changes> changes) {
        return new ProviderRegistry(jdbc, sealer, changes::getObject);
    }

    @Bean
    ProviderClient providerClient(Vertx vertx, ProviderSettings settings) {
        return new HttpProviderClient(vertx, settings);
    }
}
