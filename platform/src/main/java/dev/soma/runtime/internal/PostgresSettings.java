package dev.soma.runtime.internal;

import dev.soma.kernel.Secret;
import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param url JDBC address
/// @param poolSize connections this process keeps
/// @param connectTimeoutMillis after which a request for a connection fails
@Settings("soma.postgres")
record PostgresSettings(
        String url,
        @DefaultValue("soma") String username,
        @DefaultValue("") Secret password,
        @DefaultValue("12") int poolSize,
        @DefaultValue("2000") int connectTimeoutMillis) {
    PostgresSettings {
        if (url == null || !url.startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException(
                    "'soma.postgres.url' must be a jdbc:postgresql: address");
        }
    }
}
