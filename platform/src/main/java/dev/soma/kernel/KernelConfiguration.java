package dev.soma.kernel;

import java.security.SecureRandom;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Clock, randomness and ids enter the product here and nowhere else.
@Configuration(proxyBeanMethods = false)
class KernelConfiguration {
    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    SecureRandom random() {
        return new SecureRandom();
    }

    @Bean
    Identifiers identifiers(InstantSource clock, SecureRandom random) {
        return new Identifiers(clock, random);
    }
}
