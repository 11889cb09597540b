package dev.soma.identity.internal;

import dev.soma.events.Changes;
import dev.soma.events.Outbox;
import dev.soma.identity.AnswerSigner;
import dev.soma.identity.ConstitutionInForce;
import dev.soma.identity.SessionTokens;
import dev.soma.kernel.Identifiers;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunSettings;
import dev.soma.runtime.RunsIn;
import dev.soma.runtime.Sealer;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires the module.
@Configuration(proxyBeanMethods = false)
class IdentityConfiguration {
    @Bean
    IdentityRepository identityRepository(JdbcClient jdbc) {
        return new IdentityRepository(jdbc);
    }

    @Bean
    IdentityService identities(
            IdentityRepository repository,
            IdentitySettings settings,
            Sealer sealer,
            Outbox outbox,
            ObjectProvider<Changes> changes,
            ObjectProvider<ConstitutionInForce> constitution,
            Surroundings process) {
        return new IdentityService(
                repository,
                new Tokens(settings.issuer(), sealer),
                outbox,
                changes::getObject,
                constitution::getObject,
                process.identifiers(),
                process.clock());
    }

    @Bean
    SessionTokens sessionTokens(IdentityService service, IdentitySettings settings) {
        return new SessionTokenMint(service, settings);
    }

    @Bean
    AnswerSigner answerSigner(IdentityService service, Sealer sealer, InstantSource clock) {
        return new DirectorySigner(service, sealer, clock);
    }

    /// Ids and time, which most parts need together.
    record Surroundings(Identifiers identifiers, InstantSource clock) {}

    @Bean
    Surroundings identityProcess(Identifiers identifiers, InstantSource clock) {
        return new Surroundings(identifiers, clock);
    }

    @Bean
    Passwords passwords(SecureRandom random) {
        return new Passwords(random);
    }

    @Bean
    SigningKeys signingKeys(IdentitySettings settings, Sealer sealer, SecureRandom random) {
        return new SigningKeys(settings, sealer, random);
    }

    @Bean
    Bootstrap bootstrap(RunSettings run, InstantSource clock, SecureRandom random) {
        return new Bootstrap(run, clock, random);
    }

    @Bean
    LoginRoutes.Edge loginEdge(
            Identifiers identifiers,
            InstantSource clock,
            SecureRandom random,
            TransactionTemplate transactions) {
        return new LoginRoutes.Edge(identifiers, clock, random, transactions);
    }

    @Bean
    @RunsIn(Role.API)
    IdentityDuties identityDuties(
            IdentityService service,
            SigningKeys keys,
            IdentityRepository repository,
            Bootstrap bootstrap,
            IdentitySettings settings,
            Surroundings process) {
        return new IdentityDuties(
                service,
                keys,
                repository,
                bootstrap,
                settings,
                process.identifiers(),
                process.clock());
    }
}
