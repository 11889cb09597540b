package dev.soma.metering.internal;

import dev.soma.runtime.Pipeline;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires the module.
@Configuration(proxyBeanMethods = false)
class MeteringConfiguration {
    @Bean
    Budgets budgets(JdbcClient jdbc, MeteringSettings settings) {
        return new Budgets(jdbc, settings);
    }

    @Bean
    PostgresProjectBudgets projectBudgets(JdbcClient jdbc, TransactionTemplate transactions) {
        return new PostgresProjectBudgets(jdbc, transactions);
    }

    @Bean
    PostgresLedger ledger(Pipeline pipeline, MeterRegistry meters) {
        return new PostgresLedger(pipeline, meters);
    }
}
