package dev.soma.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.InternalServerException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.soma.acceptance.Http.Answer;
import dev.soma.bench.ScriptedProvider;
import dev.soma.devkit.Part;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;

/// Whatever is wrong, the answer is a clear refusal, and nothing is recorded as allowed or reaches
/// a provider.
///
/// The tests are one life of one platform, in order: without a constitution, with one, under
/// hostile traffic, without its engines.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RefusalProofAcceptanceTests {
    private static final String CHAT = "/v1/chat/completions";
    private static final String MODEL = "scripted/scripted";
    private static final int HEADER_TIMEOUT_MILLIS = 2_000;
    private static final int CHANGE_LEASE_MILLIS = 1_800;
    private static final int CONSTITUTION_LEASE_MILLIS = 4_000;
    private static final int WARM_UP = 10_000;
    private static final int HOSTILE = 10_000;
    private static final int AT_ONCE = 16;
    private static final long MOST_GROWTH = 32L << 20;

    private final ScriptedProvider provider;
    private final PackedPlatform platform;
    private final Operator.ApiKey alice;
    private final RawHttp raw;

    RefusalProofAcceptanceTests() throws IOException, InterruptedException {
        provider = ScriptedProvider.start(0);
        platform =
                PackedPlatform.ungoverned(
                        "refusal-proof",
                        options ->
                                options.without(Part.SLM)
                                        .platformProperty(
                                                "soma.gateway.header-timeout-millis",
                                                Integer.toString(HEADER_TIMEOUT_MILLIS))
                                        .platformProperty(
                                                "soma.constitution.lease-millis",
                                                Integer.toString(CONSTITUTION_LEASE_MILLIS)));
        platform.operator().provider("scripted", provider.uri() + "/v1", "scripted");
        alice = platform.operator().tenant("refusal");
        raw = new RawHttp(URI.create(platform.gateway()).getPort(), 20_000);
    }

    @AfterAll
    void stop() {
        platform.close();
        provider.close();
    }

    private static String chat(String model, String prompt) {
        return """
        {"model":"%s","messages":[{"role":"user","content":"%s"}]}\
        """
                .formatted(model, prompt);
    }

    private Answer ask(String key, String body) throws IOException, InterruptedException {
        return platform.http().post(CHAT, key, body);
    }

    private interface Refusing {
        void run() throws IOException, InterruptedException;
    }

    /// Runs what must be refused and proves that it left no trace of an allowance.
    private void allowsNothing(Refusing refusing) throws IOException, InterruptedException {
        long allowed = platform.audit().allowed();
        long called = provider.counters().requests();
        refusing.run();
        awaitRest();
        assertThat(platform.audit().allowed() - allowed).as("recorded as allowed").isZero();
        assertThat(provider.counters().requests() - called).as("calls of the provider").isZero();
    }

    private static void isProblem(Answer answer, int status, String slug) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
        JsonNode problem = answer.json();
        assertThat(problem.path("type").asString("")).isEqualTo("urn:soma:problem:" + slug);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asString("")).isNotBlank();
        assertThat(problem.path("detail").asString("")).isNotBlank();
    }

    private static void isOpenAiError(Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        JsonNode error = answer.json().path("error");
        assertThat(error.path("code").asString("")).as(answer.text()).isEqualTo(code);
        assertThat(error.path("message").asString("")).isNotBlank();
    }

    private void isServed() throws IOException, InterruptedException {
        Answer answer = ask(alice.text(), chat(MODEL, "Say something."));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.header("X-Policy-Decision")).isEqualTo("allow");
    }

    @Test
    @Order(1)
    void withoutAConstitutionNothingIsAllowed() throws IOException, InterruptedException {
        allowsNothing(
                () -> {
                    Answer answer = ask(alice.text(), chat(MODEL, "hello"));
                    isOpenAiError(answer, 503, "constitution_missing");
                    assertThat(answer.header("Retry-After")).isNotEmpty();
                    isProblem(
                            platform.http()
                                    .post(
                                            "/v1/chat/stream",
                                            alice.text(),
                                            "{\"model\":\"%s\",\"prompt\":\"hello\"}"
                                                    .formatted(MODEL)),
                            503,
                            "constitution_missing");
                    sdkSeesUnavailable();
                });
    }

    private void sdkSeesUnavailable() {
        OpenAIClient client =
                OpenAIOkHttpClient.builder()
                        .baseUrl(platform.gateway() + "/v1")
                        .apiKey(alice.text())
                        .maxRetries(0)
                        .build();
        ChatCompletionCreateParams question =
                ChatCompletionCreateParams.builder().model(MODEL).addUserMessage("hello").build();
        InternalServerException failure =
                catchThrowableOfType(
                        InternalServerException.class,
                        () -> client.chat().completions().create(question));
        assertThat(failure.statusCode()).isEqualTo(503);
        assertThat(failure.code()).contains("constitution_missing");
        client.close();
    }

    @Test
    @Order(2)
    void withTheConstitutionTheSameTurnIsServed() throws IOException, InterruptedException {
        long allowed = platform.audit().allowed();
        platform.publishConstitution();
        isServed();
        assertThat(provider.requests()).hasSize(1);
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> platform.audit().allowed() == allowed + 1);
    }

    @Test
    @Order(3)
    void strangersAreRefused() throws IOException, InterruptedException {
        Operator.ApiKey revoked = platform.operator().apiKey("refusal");
        assertThat(ask(revoked.text(), chat(MODEL, "hello")).status()).isIn(200, 401);
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> ask(revoked.text(), chat(MODEL, "hello")).status() == 200);
        platform.operator().revoke("refusal", revoked);
        Awaitility.await("a revoked key to be refused")
                .atMost(Duration.ofSeconds(2))
                .until(() -> ask(revoked.text(), chat(MODEL, "hello")).status() == 401);
        awaitRest();
        allowsNothing(
                () -> {
                    isOpenAiError(ask("", chat(MODEL, "hello")), 401, "invalid_api_key");
                    isOpenAiError(
                            ask("soma_unknown", chat(MODEL, "hello")), 401, "invalid_api_key");
                    isOpenAiError(
                            ask(revoked.text(), chat(MODEL, "hello")), 401, "invalid_api_key");
                    isOpenAiError(
                            ask(alice.text() + "x", chat(MODEL, "hello")), 401, "invalid_api_key");
                    isProblem(
                            platform.http().get("/v1/tenants", "soma_unknown"),
                            401,
                            "credential_invalid");
                    isProblem(
                            platform.http()
                                    .put(
                                            "/v1/users/bob",
                                            platform.operator().key(),
                                            "{\"tenant\":\"nobody\",\"capabilities\":[]}"),
                            404,
                            "not_found");
                });
    }

    /// Waits until two looks in a row find the log unchanged: admissions follow their verdicts.
    private void awaitRest() {
        AtomicLong last = new AtomicLong(-1);
        Awaitility.await("the audit log to be at rest")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(300))
                .until(
                        () -> {
                            long size = platform.audit().entries().size();
                            return last.getAndSet(size) == size;
                        });
    }

    @Test
    @Order(4)
    void malformedRequestsAreRefused() throws IOException, InterruptedException {
        allowsNothing(
                () -> {
                    isOpenAiError(ask(alice.text(), "{\"model\":"), 400, "invalid_request");
                    isProblem(
                            platform.http().post("/v1/chat/stream", alice.text(), "not JSON"),
                            400,
                            "invalid_request");
                    isOpenAiError(
                            ask(alice.text(), chat(MODEL, "a".repeat(10_000_000))),
                            413,
                            "body_too_large");
                    isOpenAiError(
                            ask(alice.text(), chat("nobody/none", "hello")),
                            404,
                            "model_not_found");
                    RawHttp.Answer header =
                            raw.exchange(
                                    RawHttp.request(
                                            "POST " + CHAT,
                                            "X-Long: " + "a".repeat(1 << 20) + "\r\n",
                                            RawHttp.ascii(chat(MODEL, "hello"))));
                    assertThat(header.status()).as("a 1 MiB header").isEqualTo(431);
                    assertThat(header.text()).contains("urn:soma:problem:headers_too_large");
                });
    }

    @Test
    @Order(5)
    void aSlowLorisIsClosed() throws IOException, InterruptedException {
        allowsNothing(
                () -> {
                    long started = System.nanoTime();
                    try (Socket socket = raw.connect()) {
                        OutputStream out = socket.getOutputStream();
                        out.write(RawHttp.ascii("POST " + CHAT + " HTTP/1.1\r\nHost: x\r\n"));
                        socket.setSoTimeout(200);
                        RawHttp.Answer answer = RawHttp.read(socket);
                        while (answer.status() == -1 && seconds(started) < 30) {
                            out.write('a');
                            answer = RawHttp.read(socket);
                        }
                    } catch (IOException closed) {
                        assertThat(closed).isNotNull();
                    }
                    assertThat(seconds(started) * 1000)
                            .as("milliseconds until a dripping client is closed")
                            .isBetween(0.8 * HEADER_TIMEOUT_MILLIS, 3.0 * HEADER_TIMEOUT_MILLIS);
                });
        isServed();
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    @Test
    @Order(6)
    void hostileTrafficLeavesNothingBehind() throws IOException, InterruptedException {
        long seed = Long.getLong("soma.hostile.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        awaitRest();
        HostileTraffic traffic = new HostileTraffic(platform.gateway(), alice.text());
        allowsNothing(
                () -> {
                    traffic.send(WARM_UP, AT_ONCE, random);
                    long before = ProcessMemory.resident(platform.platformPid());
                    long started = System.nanoTime();
                    traffic.send(HOSTILE, AT_ONCE, random);
                    double took = seconds(started);
                    long atOnce = ProcessMemory.resident(platform.platformPid()) - before;
                    long settled = atOnce < MOST_GROWTH ? atOnce : settledGrowth(before);
                    System.out.printf(
                            "refusal proof: seed %d, %d hostile requests in %.1f s, resident"
                                    + " memory %.1f MiB before, grown by %.1f MiB at once,"
                                    + " %.1f MiB settled%n%s%n",
                            seed,
                            HOSTILE,
                            took,
                            mebibytes(before),
                            mebibytes(atOnce),
                            mebibytes(settled),
                            traffic.answers());
                    assertThat(traffic.wrong()).as("answers against expectation").isEmpty();
                    assertThat(settled).as("growth in bytes").isLessThan(MOST_GROWTH);
                });
        isServed();
    }

    private static double mebibytes(long bytes) {
        return bytes / 1048576.0;
    }

    /// Connections to the control plane are remembered by timers of 60 s; what is left after those
    /// is what stays.
    private long settledGrowth(long before) {
        return Awaitility.await("resident memory to settle")
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofSeconds(10))
                .until(
                        () -> ProcessMemory.resident(platform.platformPid()) - before,
                        growth -> growth < MOST_GROWTH);
    }

    @Test
    @Order(7)
    void withoutPostgresNothingIsAllowed() throws IOException, InterruptedException {
        isServed();
        platform.killForGood(Part.POSTGRES);
        allowsNothing(
                () -> {
                    long started = System.nanoTime();
                    while (seconds(started) * 1000 < 2.0 * CHANGE_LEASE_MILLIS) {
                        Answer answer = ask(alice.text(), chat(MODEL, "hello"));
                        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
                    }
                    Answer stale = ask(alice.text(), chat(MODEL, "hello"));
                    isOpenAiError(stale, 503, "governance_stale");
                    isProblem(
                            platform.http()
                                    .post(
                                            "/v1/chat/stream",
                                            alice.text(),
                                            "{\"model\":\"%s\",\"prompt\":\"hello\"}"
                                                    .formatted(MODEL)),
                            503,
                            "governance_stale");
                    isProblem(
                            platform.http().get("/v1/budgets", platform.operator().key()),
                            503,
                            "governance_stale");
                });
        platform.stack().heal();
        awaitServed();
    }

    @Test
    @Order(8)
    void whenTheConstitutionCannotBeConfirmedNothingIsAllowed()
            throws IOException, InterruptedException {
        platform.killForGood(Part.REDIS);
        long died = System.nanoTime();
        Awaitility.await("the constitution's lease to end")
                .atMost(Duration.ofMillis(2L * CONSTITUTION_LEASE_MILLIS))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> ask(alice.text(), chat(MODEL, "hello")).status() == 503);
        assertThat(seconds(died) * 1000)
                .as("milliseconds from the death of Redis to the first refusal")
                .isLessThan(CONSTITUTION_LEASE_MILLIS + 1500.0);
        awaitRest();
        allowsNothing(
                () ->
                        isOpenAiError(
                                ask(alice.text(), chat(MODEL, "hello")), 503, "governance_stale"));
        platform.stack().heal();
        platform.publishConstitution();
        awaitServed();
    }

    private void awaitServed() {
        Awaitility.await("turns to be served again")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> ask(alice.text(), chat(MODEL, "hello")).status() == 200);
    }
}
