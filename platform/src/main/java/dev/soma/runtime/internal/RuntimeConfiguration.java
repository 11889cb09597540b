package dev.soma.runtime.internal;

import dev.soma.runtime.Exemplars;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Sealer;
import dev.soma.runtime.Traces;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.security.SecureRandom;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Secrets at rest and the registry of meters.
@Configuration(proxyBeanMethods = false)
class RuntimeConfiguration {
    @Bean
    Sealer sealer(NodeSettings node, SecureRandom random) {
        return new FileSealer(node.directory().resolve("secrets/sealing-key"), random);
    }

    @Bean
    PrometheusMeterRegistry meterRegistry() {
        PrometheusMeterRegistry registry =
                new PrometheusMeterRegistry(
                        PrometheusConfig.DEFAULT,
                        new PrometheusRegistry(),
                        Clock.SYSTEM,
                        new Exemplars());
        new JvmMemoryMetrics().bindTo(registry);
        return registry;
    }

    @Bean
    Traces traces(TelemetrySettings settings, NodeSettings node) {
        return settings.otlpUrl().isEmpty() ? Traces.NONE : new OtlpTraces(settings, node.id());
    }

    /// The event loops of the public door and of the calls to providers.
    @Bean
    Vertx vertx() {
        return Vertx.vertx(
                new VertxOptions().setPreferNativeTransport(false).setEventLoopPoolSize(2));
    }
}
