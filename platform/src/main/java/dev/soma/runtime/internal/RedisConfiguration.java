package dev.soma.runtime.internal;

import dev.soma.runtime.Readiness;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import java.time.Duration;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The client of the cache. It connects on first use, so that losing Redis stops nothing that does
/// not need it.
@Configuration(proxyBeanMethods = false)
class RedisConfiguration {
    @Bean(destroyMethod = "shutdown")
    RedisClient redisClient(RedisSettings settings) {
        RedisURI uri = RedisURI.create(settings.url().reveal());
        uri.setTimeout(Duration.ofMillis(settings.timeoutMillis()));
        RedisClient client = RedisClient.create(uri);
        client.setOptions(
                ClientOptions.builder()
                        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                        .timeoutOptions(
                                TimeoutOptions.enabled(Duration.ofMillis(settings.timeoutMillis())))
                        .build());
        return client;
    }

    @Bean
    RedisCache redisCache(RedisClient client) {
        return new RedisCache(client);
    }

    @Bean
    Readiness redisReadiness(RedisCache cache) {
        return new Readiness() {
            @Override
            public String name() {
                return "redis";
            }

            @Override
            public Optional<String> problem() {
                return cache.ping();
            }
        };
    }
}
