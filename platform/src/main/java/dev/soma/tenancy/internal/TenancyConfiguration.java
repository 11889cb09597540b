package dev.soma.tenancy.internal;

import dev.soma.events.Changes;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Wires the module.
@Configuration(proxyBeanMethods = false)
class TenancyConfiguration {
    @Bean
    PostgresTenants tenants(
            JdbcClient jdbc, ObjectProvider<Changes> changes, ApplicationEventPublisher listeners) {
        return new PostgresTenants(jdbc, changes::getObject, listeners);
    }
}
