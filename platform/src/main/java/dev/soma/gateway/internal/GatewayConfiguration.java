package dev.soma.gateway.internal;

import dev.soma.conversation.Journal;
import dev.soma.conversation.Turns;
import dev.soma.identity.AnswerSigner;
import dev.soma.identity.Identities;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.policy.DecisionClaims;
import dev.soma.policy.PolicyEngine;
import dev.soma.provider.Providers;
import dev.soma.runtime.PrivateFiles;
import dev.soma.runtime.Readiness;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunSettings;
import dev.soma.runtime.RunsIn;
import dev.soma.runtime.Traces;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/// Wires the door, and says where it is once everything runs.
@Configuration(proxyBeanMethods = false)
@RunsIn(Role.GATEWAY)
class GatewayConfiguration {
    /// Where the control plane listens; known when it has started.
    private final AtomicReference<String> apiUrl = new AtomicReference<>("");

    @Bean
    TurnRoutes turnRoutes(
            TurnRoutes.Door door,
            Identities identities,
            Turns turns,
            Providers providers,
            DecisionClaims decisions,
            PrometheusMeterRegistry meters) {
        return new TurnRoutes(
                door,
                identities,
                turns,
                providers,
                new PolicyClaims(decisions),
                new GatewayMetrics(meters));
    }

    @Bean
    TurnRoutes.Door door(
            Vertx vertx,
            GatewaySettings settings,
            Identifiers identifiers,
            InstantSource clock,
            AnswerSigner signer,
            Traces traces) {
        return new TurnRoutes.Door(
                vertx, settings, identifiers, clock, new AnswerSignature(signer, clock), traces);
    }

    @Bean
    JournalRoutes journalRoutes(TurnRoutes turns, Journal journal, GatewaySettings settings) {
        return new JournalRoutes(turns, journal, settings);
    }

    @Bean
    EvaluationRoutes evaluationRoutes(
            TurnRoutes turns,
            PolicyEngine policy,
            Identities identities,
            Providers providers,
            InstantSource clock) {
        return new EvaluationRoutes(
                turns, policy, identities, new AccessSearch(policy, identities, providers), clock);
    }

    @Bean
    GatewayServer gatewayServer(
            Vertx vertx,
            GatewaySettings settings,
            TurnRoutes turns,
            JournalRoutes journal,
            EvaluationRoutes evaluations,
            List<Readiness> checks,
            PrometheusMeterRegistry meters) {
        apiUrl.set(settings.apiUrl());
        HealthRoutes health = new HealthRoutes(vertx, checks, meters);
        return new GatewayServer(
                vertx,
                new Routes(turns, journal, evaluations, health, new ApiProxy(vertx, apiUrl)),
                settings);
    }

    @EventListener
    void apiListens(WebServerInitializedEvent event) {
        if (apiUrl.get().isEmpty()) {
            apiUrl.set("http://127.0.0.1:" + event.getWebServer().getPort());
        }
    }

    @Bean
    ReadyFile readyFile(RunSettings run, GatewayServer server, GatewaySettings settings) {
        return new ReadyFile(run, server, settings, apiUrl);
    }

    /// Tells the supervisor where this process listens.
    record ReadyFile(
            RunSettings run,
            GatewayServer server,
            GatewaySettings settings,
            AtomicReference<String> apiUrl) {
        @EventListener
        void write(ApplicationReadyEvent event) {
            var document =
                    JsonValue.object()
                            .put(
                                    "gateway",
                                    "http://%s:%d".formatted(settings.host(), server.port()))
                            .put("api", apiUrl.get())
                            .put("pid", ProcessHandle.current().pid())
                            .build();
            try {
                PrivateFiles.write(
                        run.directory().resolve("platform.json"),
                        CanonicalJson.JCS.bytes(document));
            } catch (IOException e) {
                throw new UncheckedIOException("the ready file cannot be written", e);
            }
        }
    }
}
