package dev.soma.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The first administrator of a platform, who works through HTTP alone.
final class Operator {
    private static final long AMPLE = 1_000_000_000_000L;

    private final Http http;
    private final String key;

    private Operator(Http http, String key) {
        this.http = http;
        this.key = key;
    }

    /// A user's API key, and the id by which it is revoked.
    record ApiKey(String id, String text) {}

    /// Makes the administrator with the secret that the platform laid into its run folder.
    static Operator bootstrap(Http http, Path runFolder) throws IOException, InterruptedException {
        Path secret = runFolder.resolve("bootstrap-secret");
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(secret));
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.put("secret", Files.readString(secret).strip());
        body.put("user", "root").put("password", "correct horse battery staple");
        String key =
                http.post("/v1/bootstrap", "", body.toString())
                        .ok()
                        .json()
                        .path("key")
                        .asString("");
        return new Operator(http, key);
    }

    String key() {
        return key;
    }

    Http http() {
        return http;
    }

    /// A tenant with one user, `alice`, who may chat, and as much budget as any test needs.
    ApiKey tenant(String id) throws IOException, InterruptedException {
        http.post("/v1/tenants", key, "{\"id\":\"%s\"}".formatted(id)).ok();
        http.put(
                        "/v1/users/alice",
                        key,
                        "{\"tenant\":\"%s\",\"capabilities\":[\"chat\"]}".formatted(id))
                .ok();
        budget(id, "tokens", AMPLE);
        budget(id, "amount_micro", AMPLE);
        return apiKey(id);
    }

    ApiKey apiKey(String tenant) throws IOException, InterruptedException {
        var answer =
                http.post(
                                "/v1/api-keys",
                                key,
                                """
                                {"tenant":"%s","owner":"alice","name":"test","capabilities":["chat"]}\
                                """
                                        .formatted(tenant))
                        .ok()
                        .json();
        return new ApiKey(answer.path("id").asString(""), answer.path("key").asString(""));
    }

    void revoke(String tenant, ApiKey revoked) throws IOException, InterruptedException {
        http.delete("/v1/api-keys/" + revoked.id() + "?tenant=" + tenant, key).ok();
    }

    /// @param unit `tokens` or `amount_micro`
    void budget(String tenant, String unit, long limit) throws IOException, InterruptedException {
        http.put(
                        "/v1/budgets",
                        key,
                        """
                        {"tenant":"%s","scope":{"kind":"tenant","id":"%s"},"limit":{"%s":%d},"period":"total"}\
                        """
                                .formatted(tenant, tenant, unit, limit))
                .ok();
    }

    /// Registers a provider whose models cost something, so that both units of a budget move.
    void provider(String id, String baseUrl, String... models)
            throws IOException, InterruptedException {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.put("id", id).put("base_url", baseUrl);
        var list = body.putArray("models");
        for (String model : models) {
            ObjectNode entry = list.addObject().put("id", model).put("context_tokens", 8192);
            entry.putObject("price").put("input_per_million", 2).put("output_per_million", 6);
        }
        http.post("/v1/providers", key, body.toString()).ok();
    }

    /// Waits until this constitution is in force.
    void awaitConstitution(String hash) {
        Awaitility.await("constitution " + hash + " in force")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> http.get("/v1/constitution", key).text().contains(hash));
    }
}
