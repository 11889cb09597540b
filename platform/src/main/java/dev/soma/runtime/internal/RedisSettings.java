package dev.soma.runtime.internal;

import dev.soma.kernel.Secret;
import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param url `redis://[:password@]host:port[/database]`
/// @param timeoutMillis after which a command counts as failed
@Settings("soma.redis")
record RedisSettings(Secret url, @DefaultValue("1000") int timeoutMillis) {
    RedisSettings {
        if (url == null || !url.reveal().startsWith("redis")) {
            throw new IllegalArgumentException("'soma.redis.url' must be a redis:// address");
        }
    }
}
