package dev.soma.policy.internal.killswitch;

import dev.soma.events.Changes;
import dev.soma.policy.RunningWork;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires kill switches; every process knows them.
@Configuration(proxyBeanMethods = false)
class KillSwitchConfiguration {
    @Bean
    KillSwitchService killSwitches(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            ObjectProvider<Changes> changes,
            ObjectProvider<RunningWork> running,
            KillSwitchSettings settings) {
        return new KillSwitchService(
                new KillSwitchRepository(jdbc),
                transactions,
                changes::getObject,
                () -> running.orderedStream().toList(),
                settings);
    }
}
