package dev.soma.runtime.internal;

import dev.soma.runtime.Cache;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// [Cache] on Redis, with one shared connection that is opened when it is needed.
class RedisCache implements Cache {
    private final RedisClient client;
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable StatefulRedisConnection<String, String> connection;

    RedisCache(RedisClient client) {
        this.client = client;
    }

    @Override
    public Map<String, String> read(List<String> keys) throws Unavailable {
        List<KeyValue<String, String>> found =
                call(redis -> redis.mget(keys.toArray(String[]::new)));
        Map<String, String> values = new LinkedHashMap<>();
        for (KeyValue<String, String> entry : found) {
            entry.ifHasValue(value -> values.put(entry.getKey(), value));
        }
        return values;
    }

    @Override
    public void write(Map<String, String> values) throws Unavailable {
        call(redis -> redis.mset(values));
    }

    Optional<String> ping() {
        try {
            call(RedisCommands::ping);
            return Optional.empty();
        } catch (Unavailable e) {
            return Optional.of("Redis does not answer");
        }
    }

    private <T> T call(Function<RedisCommands<String, String>, T> command) throws Unavailable {
        try {
            return command.apply(connected().sync());
        } catch (RedisException e) {
            throw new Unavailable(e);
        }
    }

    private StatefulRedisConnection<String, String> connected() {
        connecting.lock();
        try {
            StatefulRedisConnection<String, String> open = connection;
            if (open == null) {
                open = client.connect();
                connection = open;
            }
            return open;
        } finally {
            connecting.unlock();
        }
    }
}
