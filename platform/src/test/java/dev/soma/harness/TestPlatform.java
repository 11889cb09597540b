package dev.soma.harness;

import dev.soma.SomaPlatform;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.SomaBrainLayout;
import dev.soma.devkit.Databases;
import dev.soma.devkit.TestEngines;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.runtime.Cache;
import dev.soma.runtime.PlatformStart;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.springframework.context.ConfigurableApplicationContext;

/// The whole platform in this JVM, on real PostgreSQL, Redis and Kafka, with a database and folders
/// of its own.
public final class TestPlatform implements AutoCloseable {
    public static final String PASSWORD = "correct horse battery staple";

    private final Path folder;
    private final TestKeys keys;
    private final Map<String, String> settings;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Class<?> application;
    private ConfigurableApplicationContext context;
    private String gateway;
    private String adminKey = "";

    private TestPlatform(
            Class<?> application, Path folder, TestKeys keys, Map<String, String> settings)
            throws Exception {
        this.application = application;
        this.folder = folder;
        this.keys = keys;
        this.settings = settings;
        this.context = PlatformStart.start(application, settings);
        this.gateway = readGateway();
    }

    /// Starts a platform with an administrator; more settings replace the usual ones.
    public static TestPlatform start(Map<String, String> more) throws Exception {
        Databases.Database database = Databases.emptyDatabase();
        Path folder = TestEngines.folder("platform-" + UUID.randomUUID());
        TestKeys keys = new TestKeys();
        Files.createDirectories(folder.resolve("trust"));
        Files.write(folder.resolve("trust/keys.json"), keys.ring());
        Map<String, String> settings = new HashMap<>();
        settings.put("soma.node.directory", folder.resolve("node").toString());
        settings.put("soma.run.directory", folder.resolve("run").toString());
        settings.put("soma.gateway.port", "0");
        settings.put("soma.postgres.url", database.jdbcUrl());
        settings.put("soma.postgres.username", database.username());
        settings.put("soma.postgres.password", database.password());
        settings.put("soma.redis.url", TestEngines.redis().url() + "/" + RedisDatabases.next());
        settings.put("soma.kafka.bootstrap-servers", TestEngines.kafka().bootstrapServers());
        settings.put(
                "soma.constitution.key-ring-file", folder.resolve("trust/keys.json").toString());
        settings.put("soma.constitution.poll-millis", "200");
        settings.put("soma.provider.allow-loopback", "true");
        settings.putAll(more);
        TestPlatform platform = new TestPlatform(SomaPlatform.class, folder, keys, settings);
        platform.bootstrap();
        return platform;
    }

    /// Starts a platform whose shipped constitution is in force.
    public static TestPlatform governed(Map<String, String> more) throws Exception {
        TestPlatform platform = start(more);
        platform.publish(platform.keys.sign(TestKeys.shipped(), "founder", "auditor"));
        platform.awaitConstitution(TestKeys.shipped().text("version").orElseThrow());
        return platform;
    }

    private String readGateway() throws Exception {
        return StrictJson.parseObject(Files.readAllBytes(folder.resolve("run/platform.json")))
                .text("gateway")
                .orElseThrow();
    }

    private void bootstrap() throws Exception {
        String secret = Files.readString(folder.resolve("run/bootstrap-secret"));
        var answer =
                post(
                        "/v1/bootstrap",
                        "",
                        "{\"secret\":\"%s\",\"user\":\"root\",\"password\":\"%s\"}"
                                .formatted(secret, PASSWORD));
        adminKey = json(ok(answer)).text("key").orElseThrow();
    }

    /// Stops the process's context and starts it anew on the same data.
    public void restart() throws Exception {
        context.close();
        context = PlatformStart.start(application, settings);
        gateway = readGateway();
    }

    /// Another node over the same database, with the same sealing key and folders of its own.
    public TestPlatform secondNode(String id) throws Exception {
        return secondNode(id, application, Map.of());
    }

    /// @param application what is started; it may replace beans
    /// @param more settings that are its own
    public TestPlatform secondNode(String id, Class<?> application, Map<String, String> more)
            throws Exception {
        Path other = TestEngines.folder("platform-" + UUID.randomUUID());
        Path secrets = Files.createDirectories(other.resolve("node/secrets"));
        Files.copy(folder.resolve("node/secrets/sealing-key"), secrets.resolve("sealing-key"));
        Map<String, String> its = new HashMap<>(settings);
        its.put("soma.node.id", id);
        its.put("soma.node.directory", other.resolve("node").toString());
        its.put("soma.run.directory", other.resolve("run").toString());
        its.putAll(more);
        TestPlatform node = new TestPlatform(application, other, keys, its);
        node.adminKey = adminKey;
        return node;
    }

    public void publish(SignedDocument signed) throws Exception {
        bean(Cache.class).write(SomaBrainLayout.values(signed, "2026-11-25T00:00:00Z"));
    }

    public void awaitConstitution(String version) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () ->
                                bean(Constitutions.class).state()
                                                instanceof Constitutions.State.InForce inForce
                                        && inForce.constitution().version().equals(version));
    }

    /// A tenant with one user who may chat.
    ///
    /// @return the user's API key
    public String tenant(String id) throws Exception {
        ok(post("/v1/tenants", adminKey, "{\"id\":\"%s\"}".formatted(id)));
        ok(
                put(
                        "/v1/users/alice",
                        adminKey,
                        "{\"tenant\":\"%s\",\"capabilities\":[\"chat\"]}".formatted(id)));
        return json(ok(
                        post(
                                "/v1/api-keys",
                                adminKey,
                                "{\"tenant\":\"%s\",\"owner\":\"alice\",\"name\":\"test\",\"capabilities\":[\"chat\"]}"
                                        .formatted(id))))
                .text("key")
                .orElseThrow();
    }

    /// Puts a pack in force the long way: drafted, approved by two signers, activated.
    public HttpResponse<String> pack(String tenant, String pack) throws Exception {
        JsonObject draft =
                json(
                        ok(
                                post(
                                        "/v1/policies/%s/drafts".formatted(tenant),
                                        adminKey,
                                        "{\"pack\":%s}".formatted(pack))));
        return ok(
                post(
                        "/v1/policies/%s/drafts/%s/activate"
                                .formatted(tenant, draft.text("draft_id").orElseThrow()),
                        adminKey,
                        "{\"approval\":%s}"
                                .formatted(
                                        approval(
                                                tenant,
                                                draft.text("digest").orElseThrow(),
                                                "2099-01-01T00:00:00Z",
                                                "founder",
                                                "auditor"))));
    }

    /// The signed statement that a pack may loosen what is in force.
    public String approval(String tenant, String digest, String notAfter, String... signers)
            throws Exception {
        JsonObject statement =
                StrictJson.parseObject(
                        "{\"type\":\"policy-activation\",\"tenant\":\"%s\",\"digest\":\"%s\",\"not_after\":\"%s\"}"
                                .formatted(tenant, digest, notAfter)
                                .getBytes(StandardCharsets.UTF_8));
        return new String(keys.sign(statement, signers).toFile(), StandardCharsets.UTF_8);
    }

    /// Registers a provider with free models.
    public void provider(String id, URI baseUrl, String... models) throws Exception {
        StringBuilder list = new StringBuilder();
        for (String model : models) {
            list.append(list.isEmpty() ? "" : ",")
                    .append("{\"id\":\"%s\",\"context_tokens\":8192}".formatted(model));
        }
        ok(
                post(
                        "/v1/providers",
                        adminKey,
                        "{\"id\":\"%s\",\"base_url\":\"%s\",\"models\":[%s]}"
                                .formatted(id, baseUrl, list)));
    }

    public HttpResponse<String> post(String path, String key, String body, String... headers)
            throws Exception {
        return send("POST", path, key, body, headers);
    }

    public HttpResponse<String> put(String path, String key, String body) throws Exception {
        return send("PUT", path, key, body);
    }

    public HttpResponse<String> get(String path, String key, String... headers) throws Exception {
        return send("GET", path, key, "", headers);
    }

    public HttpResponse<String> delete(String path, String key) throws Exception {
        return send("DELETE", path, key, "");
    }

    private HttpResponse<String> send(
            String method, String path, String key, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(gateway + path)).timeout(Duration.ofSeconds(60));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        var publisher =
                body.isEmpty()
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body);
        return http.send(
                request.method(method, publisher).build(), HttpResponse.BodyHandlers.ofString());
    }

    public static HttpResponse<String> ok(HttpResponse<String> answer) {
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(
                    "%s answered %d: %s"
                            .formatted(answer.uri(), answer.statusCode(), answer.body()));
        }
        return answer;
    }

    public static JsonObject json(HttpResponse<String> answer) throws Exception {
        return StrictJson.parseObject(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    public String gateway() {
        return gateway;
    }

    public String adminKey() {
        return adminKey;
    }

    public TestKeys keys() {
        return keys;
    }

    public Path folder() {
        return folder;
    }

    public Map<String, String> settings() {
        return settings;
    }

    @Override
    public void close() {
        context.close();
    }
}
