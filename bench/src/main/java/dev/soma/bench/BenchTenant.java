package dev.soma.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A tenant of the bench's own on a running platform, with a budget that no bench exhausts, and the
/// scripted provider as a provider; so that measuring spends nobody else's money.
final class BenchTenant {
    private static final String TENANT = "bench";
    private static final long TOKENS = 1L << 50;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI gateway;
    private final String adminToken;

    BenchTenant(URI gateway, String adminToken) {
        this.gateway = gateway;
        this.adminToken = adminToken;
    }

    /// Makes what is missing.
    ///
    /// @return an API key of the tenant
    String prepare(URI provider) throws IOException, InterruptedException {
        call("POST", "/v1/tenants", Map.of("id", TENANT), 409);
        call("PUT", "/v1/users/load", Map.of("tenant", TENANT, "capabilities", List.of("chat")), 0);
        Map<String, Object> scope = Map.of("kind", "tenant", "id", TENANT);
        Map<String, Object> limit = Map.of("tokens", TOKENS);
        call(
                "PUT",
                "/v1/budgets",
                Map.of("tenant", TENANT, "scope", scope, "limit", limit, "period", "total"),
                0);
        Map<String, Object> model = Map.of("id", "scripted*", "context_tokens", 8_192);
        call(
                "POST",
                "/v1/providers",
                Map.of("id", "scripted", "base_url", provider + "/v1", "models", List.of(model)),
                0);
        return key(TENANT);
    }

    /// Makes a tenant of its own under a pack; a pack can be loosened only by the signers, so each
    /// run has another.
    ///
    /// @return an API key of the tenant
    String withRules(Map<String, ?> pack) throws IOException, InterruptedException {
        String tenant = "bench-rules-" + Long.toString(System.currentTimeMillis(), 36);
        call("POST", "/v1/tenants", Map.of("id", tenant), 0);
        call("PUT", "/v1/users/load", Map.of("tenant", tenant, "capabilities", List.of("chat")), 0);
        call("PUT", "/v1/policies/" + tenant, pack, 0);
        return key(tenant);
    }

    private String key(String tenant) throws IOException, InterruptedException {
        return call(
                        "POST",
                        "/v1/api-keys",
                        Map.of(
                                "tenant",
                                tenant,
                                "owner",
                                "load",
                                "name",
                                "bench",
                                "capabilities",
                                List.of("chat")),
                        0)
                .path("key")
                .asString();
    }

    private JsonNode call(String method, String path, Map<String, ?> body, int alsoFine)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(gateway.resolve(path))
                        .timeout(TIMEOUT)
                        .header("Authorization", "Bearer " + adminToken)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                HttpRequest.BodyPublishers.ofString(
                                        JsonMapper.shared().writeValueAsString(body)))
                        .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2 && answer.statusCode() != alsoFine) {
            throw new IOException(
                    "preparing the bench's tenant: %s %s answered %d %s"
                            .formatted(method, path, answer.statusCode(), answer.body()));
        }
        return JsonMapper.shared().readTree(answer.body());
    }
}
