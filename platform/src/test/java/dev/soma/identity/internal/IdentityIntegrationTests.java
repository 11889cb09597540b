package dev.soma.identity.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.constitution.Constitutions;
import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/// Who gets in, with what, and for how long.
@ExtendWith(SharedPlatform.class)
class IdentityIntegrationTests {
    /// Routes that answer without a credential; the list may only shrink.
    private static final Set<String> OPEN =
            Set.of("GET /.well-known/jwks.json", "POST /v1/bootstrap", "POST /v1/session/login");

    /// Routes that need a credential and no capability, because they tell what everybody of a
    /// tenant may know or act on the caller alone.
    private static final Set<String> ANYBODYS =
            Set.of(
                    "GET /v1/audit/checkpoint",
                    "GET /v1/audit/checkpoint/witnessed",
                    "GET /v1/audit/consistency",
                    "GET /v1/audit/logs",
                    "GET /v1/audit/proof/{index}",
                    "GET /v1/audit/tile/{level:\\d+}/{*path}",
                    // Of their own decisions.
                    "GET /v1/receipts/{*path}",
                    "GET /v1/decisions/{id}/turn-receipt",
                    "GET /v1/constitution",
                    "GET /v1/governance/status",
                    "GET /v1/constitution/versions",
                    "GET /v1/constitution/{tenant}",
                    "GET /v1/constitution/{tenant}/hash",
                    "POST /v1/constitution/validate",
                    "POST /v1/session/logout",
                    "POST /v1/tokens/revoke",
                    "POST /v1/tokens/verify");

    private static TestPlatform platform;
    private static String admin;
    private static String chatKey;

    @BeforeAll
    static void start() throws Exception {
        platform = SharedPlatform.platform();
        admin = platform.adminKey();
        chatKey = platform.tenant("ident");
    }

    private static void user(String id, String more) throws Exception {
        TestPlatform.ok(
                platform.put("/v1/users/" + id, admin, "{\"tenant\":\"ident\"%s}".formatted(more)));
    }

    private static String key(String owner, String capabilities, String more) throws Exception {
        return TestPlatform.json(
                        TestPlatform.ok(
                                platform.post(
                                        "/v1/api-keys",
                                        admin,
                                        "{\"tenant\":\"ident\",\"owner\":\"%s\",\"name\":\"k\",\"capabilities\":[%s]%s}"
                                                .formatted(owner, capabilities, more))))
                .text("key")
                .orElseThrow();
    }

    private static String token(String user) throws Exception {
        return TestPlatform.json(
                        TestPlatform.ok(
                                platform.post(
                                        "/v1/tokens/issue",
                                        admin,
                                        "{\"tenant\":\"ident\",\"user\":\"%s\",\"capabilities\":[\"chat\"]}"
                                                .formatted(user))))
                .text("token")
                .orElseThrow();
    }

    private static int models(String credential) throws Exception {
        return platform.get("/v1/models", credential).statusCode();
    }

    private static HttpResponse<String> login(String user, String password) throws Exception {
        return platform.post(
                "/v1/session/login",
                "",
                "{\"tenant\":\"ident\",\"user\":\"%s\",\"password\":\"%s\"}"
                        .formatted(user, password));
    }

    @Test
    void makesOneFirstAdministratorOnly() throws Exception {
        assertThat(Files.exists(platform.folder().resolve("run/bootstrap-secret"))).isFalse();
        platform.bean(Bootstrap.class).offer(900);
        String secret = Files.readString(platform.folder().resolve("run/bootstrap-secret"));
        var answer =
                platform.post(
                        "/v1/bootstrap",
                        "",
                        "{\"secret\":\"%s\",\"user\":\"second\",\"password\":\"%s\"}"
                                .formatted(secret, TestPlatform.PASSWORD));
        assertThat(answer.statusCode()).isEqualTo(401);
    }

    @Test
    void locksAUserAfterFiveFailures() throws Exception {
        user(
                "loris",
                ",\"capabilities\":[\"chat\"],\"password\":\"%s\""
                        .formatted(TestPlatform.PASSWORD));
        assertThat(
                        platform.bean(JdbcClient.class)
                                .sql("SELECT password_hash FROM identity_user WHERE id = 'loris'")
                                .query(String.class)
                                .single())
                .startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        var good = login("loris", TestPlatform.PASSWORD);
        assertThat(good.statusCode()).isEqualTo(201);
        assertThat(models(TestPlatform.json(good).text("token").orElseThrow())).isEqualTo(200);
        for (int i = 0; i < 5; i++) {
            assertThat(login("loris", "wrong password " + i).statusCode()).isEqualTo(401);
        }
        assertThat(login("loris", TestPlatform.PASSWORD).statusCode()).isEqualTo(401);
        platform.bean(JdbcClient.class)
                .sql("UPDATE identity_user SET locked_until = now() WHERE id = 'loris'")
                .update();
        assertThat(login("loris", TestPlatform.PASSWORD).statusCode()).isEqualTo(201);
        assertThat(login("nobody", TestPlatform.PASSWORD).statusCode()).isEqualTo(401);
    }

    @Test
    void aKeyHoldsNoMoreThanItsOwner() throws Exception {
        user("cut", ",\"capabilities\":[\"chat\"]");
        String wide = key("cut", "\"*\"", "");
        assertThat(models(wide)).isEqualTo(200);
        assertThat(platform.get("/v1/users", wide).statusCode()).isEqualTo(403);
        user("cut", ",\"capabilities\":[\"chat\",\"users:read\"]");
        assertThat(platform.get("/v1/users", wide).statusCode()).isEqualTo(200);
        user("cut", ",\"capabilities\":[\"users:read\"],\"active\":false");
        assertThat(models(wide)).isEqualTo(401);
    }

    @Test
    void nobodyGrantsWhatTheyDoNotHold() throws Exception {
        user("clerk", ",\"capabilities\":[\"users:write\",\"keys:write\",\"tokens:issue\"]");
        String clerk = key("clerk", "\"users:write\",\"keys:write\",\"tokens:issue\"", "");
        assertThat(
                        platform.put(
                                        "/v1/users/puppet",
                                        clerk,
                                        "{\"capabilities\":[\"budgets:write\"]}")
                                .statusCode())
                .isEqualTo(403);
        assertThat(
                        platform.post(
                                        "/v1/tokens/issue",
                                        clerk,
                                        "{\"user\":\"alice\",\"capabilities\":[\"*\"]}")
                                .statusCode())
                .isEqualTo(403);
    }

    @Test
    void expiredAndRevokedKeysAreRefusedAtOnce() throws Exception {
        user("brief", ",\"capabilities\":[\"chat\"]");
        String expired =
                key("brief", "\"chat\"", ",\"expires_at\":\"%s\"".formatted(Instant.EPOCH));
        assertThat(models(expired)).isEqualTo(401);
        String live = key("brief", "\"chat\"", "");
        assertThat(models(live)).isEqualTo(200);
        String id = live.substring(8, 24);
        TestPlatform.ok(platform.delete("/v1/api-keys/" + id + "?tenant=ident", admin));
        assertThat(models(live)).isEqualTo(401);
        assertThat(platform.delete("/v1/api-keys/" + id + "?tenant=ident", admin).statusCode())
                .isEqualTo(404);
        assertThat(models(live.substring(0, 24) + "-" + "0".repeat(64))).isEqualTo(401);
    }

    @Test
    void tokensVerifyUntilTheyAreRevokedAndOutliveARotation() throws Exception {
        String token = token("alice");
        String question = "{\"token\":\"%s\"}".formatted(token);
        assertThat(platform.post("/v1/tokens/verify", chatKey, question).body())
                .contains("\"active\":true", "\"sub\":\"alice\"");
        assertThat(platform.post("/v1/tokens/verify", admin, question).body())
                .contains("\"active\":false");
        JsonObject header = part(token, 0);
        TestPlatform.ok(platform.post("/v1/tokens/rotate", admin, ""));
        assertThat(platform.get("/.well-known/jwks.json", "").body())
                .contains(header.text("kid").orElseThrow());
        assertThat(models(token)).isEqualTo(200);
        assertThat(models(token("alice"))).isEqualTo(200);
        TestPlatform.ok(platform.post("/v1/tokens/revoke", chatKey, question));
        assertThat(models(token)).isEqualTo(401);
        String other = token("alice");
        TestPlatform.ok(platform.post("/v1/session/logout", other, ""));
        assertThat(models(other)).isEqualTo(401);
    }

    private static JsonObject part(String token, int index) throws Exception {
        return StrictJson.parseObject(Base64.getUrlDecoder().decode(token.split("\\.")[index]));
    }

    private static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Test
    void forgedTokensAreRefused() throws Exception {
        String[] good = token("alice").split("\\.");
        String kid = part(String.join(".", good), 0).text("kid").orElseThrow();
        String jwks = platform.get("/.well-known/jwks.json", "").body();
        String x = jwks.substring(jwks.lastIndexOf("\"x\":\"") + 5).split("\"")[0];
        List<String> forged = new ArrayList<>();
        for (String header :
                List.of(
                        "{\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
                        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
                        "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}",
                        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"%s\",\"crit\":[\"b64\"],\"b64\":false}",
                        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"%s\",\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}}",
                        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"0000%.0s\"}",
                        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"../%.0s\"}")) {
            forged.add(base64(header.formatted(kid)) + "." + good[1] + "." + good[2]);
        }
        String hs =
                base64("{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}".formatted(kid))
                        + "."
                        + good[1];
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getUrlDecoder().decode(x), "HmacSHA256"));
        forged.add(hs + "." + base64(mac.doFinal(hs.getBytes(StandardCharsets.US_ASCII))));
        String payload = new String(Base64.getUrlDecoder().decode(good[1]), StandardCharsets.UTF_8);
        forged.add(
                good[0] + "." + base64(payload.replace("[\"chat\"]", "[\"*\"]")) + "." + good[2]);
        forged.add(good[0] + "." + good[1] + ".");
        forged.add(good[0] + "." + good[1]);
        forged.add(String.join(".", good) + "." + good[2]);
        forged.add("a".repeat(9_000));
        forged.add("\"\"");
        for (String token : forged) {
            assertThat(models(token)).as(token).isEqualTo(401);
        }
        assertThat(models(String.join(".", good))).isEqualTo(200);
    }

    @Test
    void signedTokensMustAlsoBeOfThisTimeIssuerAndConstitution() throws Exception {
        IdentityService service = platform.bean(IdentityService.class);
        Directory directory = service.directory();
        Instant now = Instant.now();
        var signer = directory.signer(now).orElseThrow();
        var sealer = platform.bean(dev.soma.runtime.Sealer.class);
        var hash = platform.bean(dev.soma.identity.ConstitutionInForce.class).hash();
        assertThat(platform.bean(Constitutions.class).state())
                .isInstanceOf(Constitutions.State.InForce.class);
        var alice =
                new Directory.UserKey(
                        new dev.soma.kernel.TenantId("ident"), new dev.soma.kernel.UserId("alice"));
        record Case(String issuer, Instant from, Instant until, String hash, int status) {}
        String right = hash.orElseThrow();
        for (Case c :
                List.of(
                        new Case("soma", now, now.plusSeconds(60), right, 200),
                        new Case("soma", now.minusSeconds(90), now.minusSeconds(1), right, 401),
                        new Case("soma", now.plusSeconds(300), now.plusSeconds(600), right, 401),
                        new Case("other", now, now.plusSeconds(60), right, 401),
                        new Case("soma", now, now.plusSeconds(60), "00ff", 401))) {
            String token =
                    new Tokens(c.issuer(), sealer)
                            .sign(
                                    new Tokens.Claims(
                                            UUID.randomUUID(),
                                            alice,
                                            Set.of("chat"),
                                            java.util.Optional.of(c.hash()),
                                            c.from(),
                                            c.until()),
                                    signer);
            assertThat(models(token)).as(c.toString()).isEqualTo(c.status());
        }
    }

    @Test
    void aForeignTenantIsNotFound() throws Exception {
        user(
                "boss",
                ",\"capabilities\":[\"users:read\",\"users:write\",\"keys:read\",\"budgets:read\",\"policies:read\",\"policies:write\"]");
        String boss =
                key(
                        "boss",
                        "\"users:read\",\"users:write\",\"keys:read\",\"budgets:read\",\"policies:read\",\"policies:write\"",
                        "");
        for (String path :
                List.of(
                        "/v1/users?tenant=door",
                        "/v1/users/alice?tenant=door",
                        "/v1/api-keys?tenant=door",
                        "/v1/budgets?tenant=door",
                        "/v1/policies/door",
                        "/v1/constitution/door")) {
            assertThat(platform.get(path, boss).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(
                        platform.put(
                                        "/v1/users/eve",
                                        boss,
                                        "{\"tenant\":\"door\",\"capabilities\":[]}")
                                .statusCode())
                .isEqualTo(404);
        assertThat(
                        platform.put("/v1/policies/door", boss, "{\"permits\":[],\"rules\":[]}")
                                .statusCode())
                .isEqualTo(404);
    }

    @Test
    void everyRouteAsksForACredentialAndACapability() throws Exception {
        user("mouse", ",\"capabilities\":[\"squeak\"]");
        String mouse = key("mouse", "\"squeak\"", "");
        Set<String> seen = new TreeSet<>();
        var mappings =
                platform.bean(RequestMappingHandlerMapping.class).getHandlerMethods().keySet();
        for (var mapping : mappings) {
            for (var method : mapping.getMethodsCondition().getMethods()) {
                for (String pattern : mapping.getPatternValues()) {
                    String route = method + " " + pattern;
                    seen.add(route);
                    if (!OPEN.contains(route)) {
                        check(method.name(), pattern, "", route, Set.of(401));
                        check(
                                method.name(),
                                pattern,
                                mouse,
                                route,
                                ANYBODYS.contains(route) ? Set.of(200, 400, 404) : Set.of(403));
                    }
                }
            }
        }
        assertThat(seen).containsAll(OPEN).containsAll(ANYBODYS).hasSizeGreaterThan(25);
    }

    private static void check(
            String method, String pattern, String key, String route, Set<Integer> expected)
            throws Exception {
        String path =
                pattern.replace("{level:\\d+}", "0")
                        .replace("{*path}", "/000.p/1")
                        .replace("//", "/")
                        .replace("{tenant}", "ident")
                        .replaceAll("\\{[a-z]+}", "0")
                        .replace("consistency", "consistency?from=0&to=1");
        String body = method.equals("GET") || method.equals("DELETE") ? "" : BODY;
        HttpResponse<String> answer =
                switch (method) {
                    case "POST" -> platform.post(path, key, bodyOf(pattern));
                    case "PUT" -> platform.put(path, key, bodyOf(pattern));
                    case "DELETE" -> platform.delete(path, key);
                    default -> platform.get(path, key);
                };
        assertThat(answer.statusCode())
                .as("%s %s %s %s", route, key.isEmpty() ? "nobody" : "mouse", body, answer.body())
                .isIn(expected);
    }

    private static final String BODY = "{}";

    /// A body that is right for the route, so that only the caller can be wrong.
    private static String bodyOf(String pattern) {
        return switch (pattern) {
            case "/v1/tenants" -> "{\"id\":\"ident\"}";
            case "/v1/users/{id}" -> "{\"capabilities\":[]}";
            case "/v1/api-keys" -> "{\"name\":\"k\",\"capabilities\":[]}";
            case "/v1/tokens/issue" -> "{\"capabilities\":[]}";
            case "/v1/tokens/verify", "/v1/tokens/revoke" -> "{\"token\":\"x\"}";
            case "/v1/budgets" ->
                    "{\"scope\":{\"kind\":\"tenant\",\"id\":\"ident\"},\"limit\":{\"tokens\":1}}";
            case "/v1/providers" ->
                    "{\"id\":\"p\",\"base_url\":\"http://127.0.0.1:9/v1\",\"models\":[{\"id\":\"m\"}]}";
            case "/v1/policies/{tenant}" -> "{\"permits\":[],\"rules\":[]}";
            case "/v1/model-profiles" -> "{\"name\":\"p\",\"targets\":[\"p/m\"]}";
            case "/v1/providers/primary" -> "{\"target\":\"p/m\"}";
            default -> BODY;
        };
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/audit/proof/abc, 400",
        "GET, /v1/audit/entries?cursor=abc, 400",
        "GET, /v1/audit/consistency, 400",
        "GET, /v1/nothing, 404",
        "DELETE, /v1/tenants, 405",
        "POST, /v1/tenants, 400",
        "PUT, /v1/users/UPPER, 400",
    })
    void wrongUseIsTheCallersFault(String method, String path, int status) throws Exception {
        var answer =
                switch (method.toUpperCase(Locale.ROOT)) {
                    case "POST" -> platform.post(path, admin, "");
                    case "PUT" -> platform.put(path, admin, "{\"capabilities\":[]}");
                    case "DELETE" -> platform.delete(path, admin);
                    default -> platform.get(path, admin);
                };
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("content-type"))
                .contains("application/problem+json");
    }

    @Test
    void textThatTheDatabaseCannotKeepIsTheCallersFault() throws Exception {
        var answer =
                platform.post(
                        "/v1/api-keys",
                        admin,
                        "{\"tenant\":\"ident\",\"owner\":\"alice\",\"name\":\"a\\u0000b\",\"capabilities\":[]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }

    @Test
    void secretsAreStoredAsDigestsOnly() throws Exception {
        String secret = chatKey.substring(25);
        byte[] stored =
                platform.bean(JdbcClient.class)
                        .sql("SELECT secret_sha256 FROM api_key WHERE id = ?")
                        .param(chatKey.substring(8, 24))
                        .query(byte[].class)
                        .single();
        assertThat(stored)
                .isEqualTo(
                        MessageDigest.getInstance("SHA-256")
                                .digest(secret.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void failedLoginsDoNotMakeNodesReload() throws Exception {
        user("noisy", ",\"capabilities\":[],\"password\":\"%s\"".formatted(TestPlatform.PASSWORD));
        long before = clock();
        login("noisy", "not the password");
        assertThat(clock()).isEqualTo(before);
        await().atMost(Duration.ofSeconds(5))
                .until(
                        () ->
                                platform.bean(JdbcClient.class)
                                                .sql(
                                                        "SELECT failed_logins FROM identity_user WHERE id = 'noisy'")
                                                .query(Integer.class)
                                                .single()
                                        == 1);
    }

    private static long clock() {
        return platform.bean(JdbcClient.class)
                .sql("SELECT seq FROM change_clock")
                .query(Long.class)
                .single();
    }
}
