package dev.soma.cli;

import dev.soma.devkit.ConnectionFile;
import dev.soma.devkit.Home;
import dev.soma.devkit.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Gives a fresh platform its first administrator, a tenant to try things in, and the local model
/// as its provider;
/// gives a known one new credentials for this run.
public final class Provisioning implements Provisioner {
    static final String TENANT = "demo";
    private static final String ADMIN = "root";
    private static final String APP = "app";

    /// The local model decodes one answer at a time; a second call keeps it busy in between.
    private static final int MODEL_CALLS = 2;

    private static final Map<String, Object> MODEL_PRICE =
            Map.of("input_per_million", 0.10, "output_per_million", 0.40, "currency", "USD");
    private static final Map<String, Object> EMBEDDING_PRICE =
            Map.of("input_per_million", 0.02, "currency", "USD");

    /// What the example user may do: talk, and hand projects in.
    private static final List<String> APP_MAY =
            List.of("chat", "projects:read", "projects:write", "tools:call");

    private static final SecureRandom RANDOM = new SecureRandom();

    @Override
    public void provision(Home home, Progress progress) throws Exception {
        Connection connection = Connection.read(home);
        PlatformClient anonymous = new PlatformClient(connection.gateway(), "");
        if (!connection.adminToken().isEmpty()
                && anonymous.as(connection.adminToken()).get("/v1/tenants").ok()) {
            registerModel(connection, anonymous.as(connection.adminToken()));
            return;
        }
        String password = adminPassword(home);
        String session = signIn(home, anonymous, password, progress);
        Key admin =
                createKey(
                        anonymous.as(session),
                        Map.of("name", "soma up", "capabilities", List.of("*")));
        PlatformClient client = anonymous.as(admin.key());
        ensureTenant(client, progress);
        String app = appKey(home, anonymous, client);
        registerModel(connection, client);
        ObjectNode credentials = JsonMapper.shared().createObjectNode();
        credentials
                .put("tenant", TENANT)
                .put("adminToken", admin.key())
                .put("adminKeyId", admin.id())
                .put("apiKey", app);
        Home.writePrivate(ConnectionFile.credentials(home), credentials.toString());
        progress.say("administrator '%s' signed in, tenant '%s' ready".formatted(ADMIN, TENANT));
    }

    /// Takes this run's administrator key out of use.
    @Override
    public void retire(Home home) throws Exception {
        Path file = ConnectionFile.credentials(home);
        if (Files.exists(file) && Files.exists(home.connectionFile())) {
            JsonNode credentials = JsonMapper.shared().readTree(Files.readString(file));
            PlatformClient admin =
                    new PlatformClient(
                            Connection.read(home).gateway(),
                            credentials.path("adminToken").asString(""));
            admin.delete("/v1/api-keys/" + credentials.path("adminKeyId").asString(""));
        }
    }

    private static Path secrets(Home home) {
        return home.path().resolve("secrets");
    }

    private static String adminPassword(Home home) throws IOException {
        Path file = secrets(home).resolve("admin-password");
        if (!Files.exists(file)) {
            Files.createDirectories(secrets(home));
            byte[] bytes = new byte[18];
            RANDOM.nextBytes(bytes);
            Home.writePrivate(file, HexFormat.of().formatHex(bytes));
        }
        return Files.readString(file).strip();
    }

    private static String signIn(
            Home home, PlatformClient anonymous, String password, Progress progress)
            throws Exception {
        Path secret = home.run().resolve("bootstrap-secret");
        if (Files.exists(secret)) {
            PlatformClient.require(
                    "making the first administrator",
                    anonymous.post(
                            "/v1/bootstrap",
                            Map.of(
                                    "secret",
                                    Files.readString(secret).strip(),
                                    "user",
                                    ADMIN,
                                    "password",
                                    password)));
            progress.say(
                    "first administrator made; the password lies in "
                            + secrets(home).resolve("admin-password"));
        }
        return PlatformClient.require(
                        "signing in the administrator",
                        anonymous.post(
                                "/v1/session/login",
                                Map.of("tenant", "platform", "user", ADMIN, "password", password)))
                .json()
                .path("token")
                .asString();
    }

    private record Key(String id, String key) {}

    private static Key createKey(PlatformClient client, Map<String, ?> wanted) throws Exception {
        JsonNode made =
                PlatformClient.require("making an API key", client.post("/v1/api-keys", wanted))
                        .json();
        return new Key(made.path("id").asString(), made.path("key").asString());
    }

    private static void ensureTenant(PlatformClient admin, Progress progress) throws Exception {
        PlatformClient.Answer made =
                admin.post("/v1/tenants", Map.of("id", TENANT, "organisation", "Demo"));
        if (made.status() == 409) {
            return;
        }
        PlatformClient.require("making the tenant " + TENANT, made);
        progress.say("tenant '%s' made, with the user '%s'".formatted(TENANT, APP));
    }

    /// The key of former runs while it works, else a new one.
    private static String appKey(Home home, PlatformClient anonymous, PlatformClient admin)
            throws Exception {
        Path file = secrets(home).resolve("api-key");
        if (Files.exists(file)) {
            String known = Files.readString(file).strip();
            if (anonymous.as(known).get("/v1/kamachiq/projects").ok()) {
                return known;
            }
        }
        PlatformClient.require(
                "making the user " + APP,
                admin.put("/v1/users/" + APP, Map.of("tenant", TENANT, "capabilities", APP_MAY)));
        Key fresh =
                createKey(
                        admin,
                        Map.of(
                                "tenant",
                                TENANT,
                                "owner",
                                APP,
                                "name",
                                "example",
                                "capabilities",
                                APP_MAY));
        Home.writePrivate(file, fresh.key());
        return fresh.key();
    }

    /// The local model's address changes from run to run, so its provider is defined anew when it
    /// did.
    private static void registerModel(Connection connection, PlatformClient admin)
            throws Exception {
        if (connection.slm().isEmpty()) {
            return;
        }
        String base = connection.slm() + (connection.slm().endsWith("/v1") ? "" : "/v1");
        for (JsonNode item :
                PlatformClient.require("listing models", admin.get("/v1/providers"))
                        .json()
                        .path("items")) {
            if (item.path("model").asString().startsWith("slm/")
                    && item.path("base_url").asString().equals(base)) {
                return;
            }
        }
        List<Map<String, Object>> models = new ArrayList<>();
        List<Map<String, Object>> embedders = new ArrayList<>();
        JsonNode served =
                PlatformClient.require(
                                "asking the model server",
                                new PlatformClient(base, "").get("/models"))
                        .json();
        for (JsonNode model : served.path("data")) {
            boolean embeds = model.has("dimensions");
            (embeds ? embedders : models)
                    .add(
                            Map.of(
                                    "id",
                                    model.path("id").asString(),
                                    "context_tokens",
                                    4_096,
                                    "price",
                                    embeds ? EMBEDDING_PRICE : MODEL_PRICE));
        }
        register(admin, "slm", base, models);
        if (!embedders.isEmpty()) {
            register(admin, "slm-embeddings", base, embedders);
        }
    }

    private static void register(
            PlatformClient admin, String id, String base, List<Map<String, Object>> models)
            throws Exception {
        PlatformClient.require(
                "registering the local model",
                admin.post(
                        "/v1/providers",
                        Map.of(
                                "id",
                                id,
                                "base_url",
                                base,
                                "models",
                                models,
                                "max_concurrent",
                                MODEL_CALLS)));
    }
}
