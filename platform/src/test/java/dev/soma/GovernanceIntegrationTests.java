package dev.soma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.audit.AuditLog;
import dev.soma.bench.ScriptedProvider;
import dev.soma.devkit.Databases;
import dev.soma.devkit.FaultProxy;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.RawHttp;
import dev.soma.harness.TestPlatform;
import java.lang.reflect.Field;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What happens to work when PostgreSQL, Redis or the disk stops answering. The platform reaches
/// its engines through proxies.
class GovernanceIntegrationTests {
    private static final String CHAT = "/v1/chat/completions";
    private static final String BODY =
            "{\"model\":\"scripted/scripted:frames=4\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
    private static final int LEASE_MILLIS = 1_800;

    /// For a machine that answers late; by design nothing takes longer than the lease.
    private static final int SLACK_MILLIS = 5_000;
    private static FaultProxy postgres;
    private static FaultProxy redis;
    private static ScriptedProvider provider;
    private static TestPlatform platform;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        var database = TestEngines.postgres();
        var cache = TestEngines.redis();
        postgres = FaultProxy.to(database.host(), database.port());
        redis = FaultProxy.to(cache.host(), cache.port());
        String url = Databases.emptyDatabase().jdbcUrl();
        platform =
                TestPlatform.governed(
                        Map.of(
                                "soma.postgres.url",
                                url.replace(
                                        ":" + database.port() + "/", ":" + postgres.port() + "/"),
                                "soma.redis.url",
                                "redis://:%s@127.0.0.1:%d/15"
                                        .formatted(cache.password(), redis.port()),
                                "soma.redis.timeout-millis",
                                "500",
                                "soma.constitution.lease-millis",
                                "2500"));
        provider = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted:frames=4");
        key = platform.tenant("acme");
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
        provider.close();
        postgres.close();
        redis.close();
    }

    private static int chat(TestPlatform node, String credential) throws Exception {
        return node.post(CHAT, credential, BODY).statusCode();
    }

    private static void awaitStatus(int status, long millis, Callable<Integer> ask) {
        await().atMost(Duration.ofMillis(millis + SLACK_MILLIS))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> ask.call() == status);
    }

    @Test
    void aRevokedKeyIsRefusedHereAtOnceAndOnEveryNodeWithinTheLease() throws Exception {
        try (TestPlatform second = platform.secondNode("node-2")) {
            awaitStatus(200, 5_000, () -> chat(second, key));
            String other =
                    TestPlatform.json(
                                    platform.post(
                                            "/v1/api-keys",
                                            platform.adminKey(),
                                            "{\"tenant\":\"acme\",\"owner\":\"alice\",\"name\":\"x\",\"capabilities\":[\"chat\"]}"))
                            .text("key")
                            .orElseThrow();
            awaitStatus(200, LEASE_MILLIS, () -> chat(second, other));
            TestPlatform.ok(
                    platform.delete(
                            "/v1/api-keys/" + other.substring(8, 24) + "?tenant=acme",
                            platform.adminKey()));
            assertThat(chat(platform, other)).isEqualTo(401);
            awaitStatus(401, LEASE_MILLIS, () -> chat(second, other));
        }
    }

    @Test
    void withoutTheDatabaseNothingIsAllowedAndWithItAgainAllIs() throws Exception {
        assertThat(chat(platform, key)).isEqualTo(200);
        postgres.refuse();
        try {
            awaitStatus(503, LEASE_MILLIS + 1_000, () -> chat(platform, key));
            await().atMost(Duration.ofMillis(LEASE_MILLIS + SLACK_MILLIS))
                    .until(
                            () ->
                                    platform.post(CHAT, key, BODY)
                                            .body()
                                            .contains("governance_stale"));
            assertThat(platform.get("/v1/tenants", platform.adminKey()).body())
                    .contains("governance_stale");
        } finally {
            postgres.accept();
        }
        awaitStatus(200, 20_000, () -> chat(platform, key));
    }

    @Test
    void withoutTheSourceOfTheConstitutionItsLeaseEnds() {
        awaitStatus(200, 10_000, () -> chat(platform, key));
        redis.refuse();
        try {
            await().atMost(Duration.ofSeconds(10))
                    .until(
                            () ->
                                    platform.post(CHAT, key, BODY)
                                            .body()
                                            .contains("governance_stale"));
        } finally {
            redis.accept();
        }
        awaitStatus(200, 20_000, () -> chat(platform, key));
    }

    @Test
    void noByteOfAnAnswerAndNoCommitPrecedesTheSyncOfTheAuditLog() throws Exception {
        awaitStatus(200, 20_000, () -> chat(platform, key));
        AuditLog log = platform.bean(AuditLog.class);
        Field field = log.getClass().getDeclaredField("lock");
        field.setAccessible(true);
        ReentrantLock writer = (ReentrantLock) field.get(log);
        long calls = provider.counters().requests();
        try (RawHttp client = new RawHttp(platform.gateway())) {
            writer.lock();
            try {
                client.post(CHAT, key, BODY);
                await().during(Duration.ofMillis(1_500))
                        .atMost(Duration.ofSeconds(5))
                        .until(() -> !client.hasBytes() && committed() == 0);
                assertThat(provider.counters().requests()).isEqualTo(calls);
            } finally {
                writer.unlock();
            }
            assertThat(client.readUntil("\r\n")).startsWith("HTTP/1.1 200");
        }
        awaitStatus(200, 20_000, () -> chat(platform, key));
    }

    private static long committed() {
        return platform.bean(JdbcClient.class)
                .sql("SELECT count(*) FROM turn WHERE state = 'RUNNING'")
                .query(Long.class)
                .single();
    }

    @Test
    void noByteOfAnAnswerPrecedesTheCommitInPostgres() throws Exception {
        awaitStatus(200, 20_000, () -> chat(platform, key));
        long calls = provider.counters().requests();
        try (RawHttp client = new RawHttp(platform.gateway())) {
            postgres.stall();
            try {
                client.post(CHAT, key, BODY);
                await().during(Duration.ofMillis(700))
                        .atMost(Duration.ofSeconds(5))
                        .until(() -> !client.hasBytes());
                assertThat(provider.counters().requests()).isEqualTo(calls);
            } finally {
                postgres.resume();
            }
            assertThat(client.readUntil("\r\n")).startsWith("HTTP/1.1 200");
        }
        awaitStatus(200, 20_000, () -> chat(platform, key));
    }

    @Test
    void anAdmissionWhoseCommitCameBackToNobodyIsUndone() throws Exception {
        awaitStatus(200, 20_000, () -> chat(platform, key));
        JdbcClient jdbc = platform.bean(JdbcClient.class);
        for (String statement :
                List.of(
                        "CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END $$",
                        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON turn DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow_commit()")) {
            jdbc.sql(statement).update();
        }
        try (RawHttp client = new RawHttp(platform.gateway())) {
            client.post(CHAT, key, BODY);
            await().atMost(Duration.ofSeconds(5))
                    .until(
                            () ->
                                    jdbc.sql(
                                                            "SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active' AND datname = current_database()")
                                                    .query(Long.class)
                                                    .single()
                                            > 0);
            postgres.cut();
            assertThat(client.readUntil("\r\n")).startsWith("HTTP/1.1 503");
        }
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(
                        () ->
                                jdbc.sql(
                                                        "SELECT count(*) FROM turn WHERE reason = 'admission_unknown'")
                                                .query(Long.class)
                                                .single()
                                        == 1);
        jdbc.sql("DROP TRIGGER slow ON turn").update();
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                jdbc.sql("SELECT sum(held)::bigint FROM budget_account")
                                                .query(Long.class)
                                                .single()
                                        == 0);
        awaitStatus(200, 20_000, () -> chat(platform, key));
    }
}
