package dev.soma.runtime;

import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.devkit.SourceTree;
import dev.soma.harness.OtlpReceiver;
import dev.soma.harness.OtlpReceiver.Received;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.StrictJson;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every hop of a turn is in one trace, sent by OTLP to a receiver that knows the published
/// messages and nothing else.
class TraceIntegrationTests {
    private static final Random RANDOM = new Random();
    private static final String SECRET = "nobody else may read this";

    private static OtlpReceiver receiver;
    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        receiver = OtlpReceiver.start();
        platform = TestPlatform.governed(Map.of("soma.telemetry.otlp-url", receiver.url()));
        provider = ScriptedProvider.start(0);
        platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted*");
        ok(
                platform.post(
                        "/v1/providers",
                        platform.adminKey(),
                        """
                        {"id":"narrow","base_url":"%s/v1","max_concurrent":1,"models":[{"id":"scripted*"}]}
                        """
                                .formatted(provider.uri())));
        key = platform.tenant("acme");
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
        provider.close();
        assertThat(receiver.refused()).isEmpty();
        receiver.close();
    }

    /// The process that serves the language model, sending its spans to the same receiver.
    private static Process model(Path folder) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx192m",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dde.kherud.llama.tmpdir=" + folder,
                                "-jar",
                                SourceTree.find().slmJar().toString(),
                                "--model",
                                Fetches.model(Progress.to(System.err)).toString(),
                                "--no-embeddings",
                                "--ready-file",
                                folder.resolve("ready.json").toString(),
                                "--otlp-url",
                                receiver.url())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("slm.log").toFile())
                        .start();
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> Files.exists(folder.resolve("ready.json")) || !process.isAlive());
        return process;
    }

    @Test
    void theModelServersSpanIsInTheSameTrace(@TempDir Path folder) throws Exception {
        Process slm = model(folder);
        try {
            var ready = StrictJson.parseObject(Files.readAllBytes(folder.resolve("ready.json")));
            String port = CanonicalJson.JCS.text(ready.get("port").orElseThrow());
            platform.provider(
                    "slm", URI.create("http://127.0.0.1:" + port + "/v1"), "smollm2-135m-instruct");
            String trace = traceId();
            ok(
                    platform.post(
                            "/v1/chat/stream",
                            key,
                            "{\"model\":\"slm/smollm2-135m-instruct\",\"prompt\":\"Say hello.\",\"max_tokens\":8}",
                            "traceparent",
                            "00-" + trace + "-00f067aa0ba902b7-01"));
            List<Received> spans = spans(trace, 4);
            Received call = of(spans, "soma-platform", "chat smollm2-135m-instruct");
            Received answer = of(spans, "soma-slm", "chat smollm2-135m-instruct");
            assertThat(call.parent()).isEqualTo(named(spans, "POST /v1/chat/stream").id());
            assertThat(answer.parent()).isEqualTo(call.id());
            assertThat(answer.span().getKind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
            for (String tokens :
                    List.of("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")) {
                assertThat(answer.attributes().get(tokens))
                        .isEqualTo(call.attributes().get(tokens))
                        .isNotNull();
            }
        } finally {
            slm.destroy();
            slm.waitFor();
        }
    }

    private static Received of(List<Received> spans, String service, String name) {
        return spans.stream()
                .filter(span -> span.service().equals(service))
                .filter(span -> span.span().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String traceId() {
        return "%016x%016x".formatted(RANDOM.nextLong() | 1, RANDOM.nextLong() | 1);
    }

    private static HttpResponse<String> ask(String model, String... headers) throws Exception {
        return platform.post(
                "/v1/chat/completions",
                key,
                "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                        .formatted(model, SECRET),
                headers);
    }

    private static List<Received> spans(String trace, int count) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> of(trace).size() >= count || !receiver.refused().isEmpty());
        assertThat(receiver.refused()).isEmpty();
        return of(trace);
    }

    private static List<Received> of(String trace) {
        return receiver.spans().stream().filter(span -> span.trace().equals(trace)).toList();
    }

    private static Received named(List<Received> spans, String name) {
        return spans.stream()
                .filter(span -> span.span().getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not in " + spans));
    }

    @Test
    void aTurnIsOneTraceFromItsCallerToTheProvider() throws Exception {
        String trace = traceId();
        String model = "scripted:frames=5";
        ok(
                ask(
                        "scripted/" + model,
                        "traceparent",
                        "00-" + trace + "-00f067aa0ba902b7-01",
                        "tracestate",
                        "vendor=abc, other=1"));
        List<Received> spans = spans(trace, 3);
        Received door = named(spans, "POST /v1/chat/completions");
        Received judged = named(spans, "policy.judge");
        Received call = named(spans, "chat " + model);

        assertThat(door.parent()).isEqualTo("00f067aa0ba902b7");
        assertThat(door.span().getKind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
        assertThat(door.attributes())
                .containsEntry("http.request.method", "POST")
                .containsEntry("http.route", "/v1/chat/completions")
                .containsEntry("http.response.status_code", "200");
        assertThat(judged.parent()).isEqualTo(door.id());
        assertThat(judged.attributes()).containsEntry("soma.policy.decision", "allow");
        assertThat(call.parent()).isEqualTo(door.id());
        assertThat(call.span().getKind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
        assertThat(call.attributes())
                .containsEntry("gen_ai.operation.name", "chat")
                .containsEntry("gen_ai.provider.name", "scripted")
                .containsEntry("gen_ai.request.model", model)
                .containsEntry("gen_ai.response.finish_reasons", "stop")
                .containsEntry("gen_ai.usage.output_tokens", "5")
                .containsKey("gen_ai.usage.input_tokens");
        var sent = provider.requests().getLast();
        assertThat(sent.traceparent()).isEqualTo("00-%s-%s-01".formatted(trace, call.id()));
        assertThat(sent.headers()).containsEntry("tracestate", "vendor=abc,other=1");
        assertThat(spans.toString()).doesNotContain(SECRET);
    }

    @Test
    void aFailureAndAWaitAreSeen() throws Exception {
        String trace = traceId();
        HttpResponse<String> failed =
                ask(
                        "scripted/scripted:status=500",
                        "traceparent",
                        "00-" + trace + "-00f067aa0ba902b7-01");
        assertThat(failed.statusCode()).isEqualTo(502);
        List<Received> spans = spans(trace, 3);
        assertThat(named(spans, "chat scripted:status=500").attributes())
                .containsEntry("error.type", "server_error");
        assertThat(named(spans, "POST /v1/chat/completions").attributes())
                .containsEntry("http.response.status_code", "502");

        String waited = traceId();
        Thread first = Thread.startVirtualThread(() -> quietly("narrow/scripted:delay=600"));
        Awaitility.await().until(() -> provider.counters().open() == 1);
        ok(ask("narrow/scripted:frames=2", "traceparent", "00-" + waited + "-00f067aa0ba902b7-01"));
        first.join();
        List<Received> queued = spans(waited, 4);
        assertThat(named(queued, "provider.queue").parent())
                .isEqualTo(named(queued, "POST /v1/chat/completions").id());
    }

    private static void quietly(String model) {
        try {
            ok(ask(model));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatACallerDoesNotWantKeptIsNotKept() throws Exception {
        String unwanted = traceId();
        String wanted = traceId();
        ok(
                ask(
                        "scripted/scripted:frames=3",
                        "traceparent",
                        "00-" + unwanted + "-00f067aa0ba902b7-00"));
        ok(
                ask(
                        "scripted/scripted:frames=3",
                        "traceparent",
                        "00-" + wanted + "-00f067aa0ba902b7-01"));
        spans(wanted, 3);
        assertThat(of(unwanted)).isEmpty();
        assertThat(provider.requests().stream().map(request -> request.traceparent()).toList())
                .anyMatch(header -> header.startsWith("00-" + unwanted) && header.endsWith("-00"));
    }

    @Test
    void aSlowRequestIsFoundFromTheMeterByItsTrace() throws Exception {
        String trace = traceId();
        ok(
                ask(
                        "scripted/scripted:frames=3",
                        "traceparent",
                        "00-" + trace + "-00f067aa0ba902b7-01"));
        HttpResponse<String> metrics =
                platform.get(
                        "/metrics", key, "Accept", "application/openmetrics-text; version=1.0.0");
        assertThat(metrics.headers().firstValue("content-type").orElse(""))
                .startsWith("application/openmetrics-text");
        assertThat(metrics.body()).endsWith("# EOF\n");
        assertThat(
                        Pattern.compile(
                                        "orchestrator_request_latency_seconds_bucket\\{.*# \\{span_id=\"[0-9a-f]{16}\",trace_id=\"[0-9a-f]{32}\"")
                                .matcher(metrics.body())
                                .find())
                .as(
                        metrics.body()
                                .lines()
                                .filter(l -> l.contains("latency_seconds"))
                                .toList()
                                .toString())
                .isTrue();
    }
}
