package dev.soma.cli;

import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.SomaBrainLayout;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Puts a constitution where the platform reads it and waits for the platform's word. What was
/// there
/// before comes back when the platform refuses, so that its lease goes on being renewed.
final class Publication {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

    private final Connection connection;

    Publication(Connection connection) {
        this.connection = connection;
    }

    /// @return the constitution in force, which is this one
    /// @throws CommandException with the platform's reason
    JsonNode publish(SignedDocument signed, String hash) throws Exception {
        Map<String, String> before = keys();
        long from = logSize();
        ConstitutionFiles.writeToRedis(connection.redis(), ConstitutionFiles.layout(signed));
        Instant deadline = Instant.now().plus(ANSWER_WITHIN);
        Optional<String> refusal = Optional.empty();
        while (refusal.isEmpty() && Instant.now().isBefore(deadline)) {
            PlatformClient.Answer answer = connection.admin().get("/v1/constitution");
            if (answer.ok() && answer.json().path("hash").asString().equals(hash)) {
                return answer.json();
            }
            refusal = refusal(from, hash);
            Waiting.millis(200);
        }
        if (!before.isEmpty()) {
            ConstitutionFiles.writeToRedis(connection.redis(), before);
        }
        throw new CommandException(
                "the platform refused it: "
                        + refusal.orElse(
                                "it said nothing within a minute; see ./soma logs platform"));
    }

    /// SomaBrain's keys as they are.
    Map<String, String> keys() {
        try (RedisClient client = RedisClient.create(connection.redis());
                var redis = client.connect()) {
            Map<String, String> values = new LinkedHashMap<>();
            redis.sync()
                    .mget(SomaBrainLayout.KEYS.toArray(String[]::new))
                    .forEach(entry -> entry.ifHasValue(value -> values.put(entry.getKey(), value)));
            return values;
        }
    }

    /// Number of entries in the audit log.
    long logSize() throws Exception {
        return connection
                .admin()
                .get("/v1/audit/logs")
                .json()
                .path("items")
                .path(0)
                .path("size")
                .asLong();
    }

    /// The reason of the first refusal after an entry; of this document, or of any when the hash is
    /// empty.
    Optional<String> refusal(long from, String hash) throws Exception {
        PlatformClient.Answer page =
                connection.admin().get("/v1/audit/entries?limit=1000&cursor=" + from);
        for (JsonNode item : page.json().path("items")) {
            JsonNode entry = item.path("entry");
            if (entry.path("transition").asString("").equals("REJECTED")
                    && (hash.isEmpty() || entry.path("hash").asString("").equals(hash))) {
                return Optional.of(entry.path("reason").asString());
            }
        }
        return Optional.empty();
    }
}
