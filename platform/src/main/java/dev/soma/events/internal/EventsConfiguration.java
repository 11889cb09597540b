package dev.soma.events.internal;

import dev.soma.events.Changes;
import dev.soma.events.Inbox;
import dev.soma.events.Outbox;
import dev.soma.events.Publisher;
import dev.soma.kernel.Identifiers;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Readiness;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires the module; the relay is a driver of its role, everything else is in every process.
@Configuration(proxyBeanMethods = false)
class EventsConfiguration {
    @Bean
    RelayBell relayBell() {
        return new RelayBell();
    }

    @Bean
    Outbox outbox(Pipeline pipeline, InstantSource clock, RelayBell bell) {
        return new PostgresOutbox(pipeline, clock, new EventSchemas(), bell);
    }

    @Bean
    Inbox inbox(JdbcClient jdbc, TransactionTemplate transactions) {
        return new PostgresInbox(jdbc, transactions);
    }

    @Bean
    ChangeClock changeClock(
            JdbcClient jdbc,
            EventsSettings settings,
            NodeSettings node,
            InstantSource clock,
            @Lazy List<Changes.Follower> followers) {
        return new ChangeClock(
                jdbc, settings, followers, new Acknowledgements(jdbc, node.id(), settings), clock);
    }

    @Bean
    Publisher.Factory publishers(KafkaSettings settings) {
        return clientId -> new KafkaPublisher(settings, clientId);
    }

    @Bean
    @RunsIn(Role.RELAY)
    OutboxRelay outboxRelay(
            JdbcClient jdbc,
            Publisher.Factory publishers,
            RelayBell bell,
            EventsSettings settings,
            Identifiers identifiers,
            MeterRegistry meters) {
        String owner = "relay-" + identifiers.next();
        RelayLeases leases = new RelayLeases(jdbc, owner, settings.relayLeaseMillis());
        return new OutboxRelay(jdbc, leases, publishers.open(owner), bell, settings, meters);
    }

    @Bean
    @RunsIn(Role.RELAY)
    Readiness kafkaReadiness(KafkaSettings settings) {
        return new Readiness() {
            @Override
            public String name() {
                return "kafka";
            }

            @Override
            public Optional<String> problem() {
                try (Admin admin = KafkaPublisher.openAdmin(settings)) {
                    admin.describeCluster().nodes().get();
                    return Optional.empty();
                } catch (ExecutionException | KafkaException e) {
                    return Optional.of("Kafka does not answer");
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return Optional.of("interrupted");
                }
            }
        };
    }
}
