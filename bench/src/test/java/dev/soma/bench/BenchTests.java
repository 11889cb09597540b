package dev.soma.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

class BenchTests extends ProviderCase {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private record Ended(int status, String out, String error) {}

    private static Ended bench(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter error = new StringWriter();
        int status =
                new CommandLine(new Bench())
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(error, true))
                        .execute(arguments);
        return new Ended(status, out.toString(), error.toString());
    }

    /// A connection file whose gateway is the provider itself: the added time is then that of
    /// nothing.
    private Path connectionFile() throws Exception {
        return Files.writeString(
                folder.resolve("connection.json"),
                "{\"gateway\":\""
                        + provider.uri()
                        + "\",\"apiKey\":\"sk-soma-x\",\"pids\":{\"platform\":"
                        + ProcessHandle.current().pid()
                        + "}}");
    }

    @Test
    void measuresAGatewayAgainstTheProvider() throws Exception {
        Path json = folder.resolve("report.json");

        Ended ended =
                bench(
                        "gateway",
                        "--connection",
                        connectionFile().toString(),
                        "--provider-url",
                        provider.uri().toString(),
                        "--gateway-model-prefix",
                        "",
                        "--rounds",
                        "1",
                        "--seconds",
                        "1",
                        "--lanes",
                        "json-c1",
                        "--streams",
                        "5",
                        "--peer",
                        "other=" + provider.uri(),
                        "--json",
                        json.toString());

        assertThat(ended.status()).as(ended.error()).isZero();
        assertThat(ended.out()).contains("json-c1", "append 600 bytes", "other");
        JsonNode report = Client.json(Files.readString(json));
        JsonNode gateway = report.path("lanes").path(1);
        assertThat(gateway.path("target").asString()).isEqualTo("gateway");
        assertThat(gateway.path("requests").asLong()).isPositive();
        assertThat(gateway.path("cpu_micros_per_request").asDouble()).isPositive();
        assertThat(gateway.path("added_p50_micros").isNumber()).isTrue();
        assertThat(report.path("streaming").path("whole").asBoolean()).isTrue();
        assertThat(report.path("streaming").path("paced").size()).isEqualTo(3);
        assertThat(report.path("append_and_sync").path("count").asLong()).isPositive();
        try (var left = Files.list(folder)) {
            assertThat(left.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("connection.json", "report.json");
        }
    }

    @Test
    void refusesAnAddressThatIsNotLoopback() throws Exception {
        Ended ended =
                bench("gateway", "--gateway", "http://192.0.2.1:80", "--key", "x", "--pid", "1");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.error()).contains("192.0.2.1").contains("--allow-remote");
        assertThat(Target.refusal(URI.create("https://127.0.0.1/"))).isNotNull();
        assertThat(Target.refusal(provider.uri())).isNull();
    }

    @Test
    void saysWhatAGatewayAnswersWhenItIsNotSetUp() throws Exception {
        Ended ended =
                bench(
                        "gateway",
                        "--connection",
                        connectionFile().toString(),
                        "--provider-url",
                        provider.uri().toString());

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.error()).contains("gateway answers 404").contains("POST /v1/providers");
    }

    @Test
    void refusesUnboundedPlans() throws Exception {
        Ended ended =
                bench("gateway", "--connection", connectionFile().toString(), "--rounds", "51");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.error()).contains("--rounds");
    }

    @Test
    void saysThatThePlatformIsNotUp() {
        Ended ended = bench("gateway", "--connection", folder.resolve("none.json").toString());

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.error()).contains("none.json").contains("./soma up");
    }

    @Test
    void readsTheCpuTimeOfAProcess() {
        ProcessCpu self = ProcessCpu.of(ProcessHandle.current().pid());
        Long before = self.micros();
        var threads = java.lang.management.ManagementFactory.getThreadMXBean();
        long end = threads.getCurrentThreadCpuTime() + Duration.ofMillis(100).toNanos();
        while (threads.getCurrentThreadCpuTime() < end) {
            Thread.onSpinWait();
        }

        Long after = self.micros();

        assertThat(before).isNotNull();
        assertThat(after).isNotNull();
        // Two readings in ticks of 10 ms may miss one tick each of the 100 ms burnt.
        assertThat(after - before).isGreaterThanOrEqualTo(80_000);
        assertThat(ProcessCpu.of(Long.MAX_VALUE).micros()).isNull();
    }

    @Test
    void takesTheMiddleOfTheRounds() {
        assertThat(Quantiles.median(java.util.List.of(9.0, 1.0, 2.0), Double::doubleValue))
                .isEqualTo(2);
        assertThat(Quantiles.median(java.util.List.of(4.0, 2.0), Double::doubleValue)).isEqualTo(3);
        assertThatThrownBy(() -> Quantiles.median(java.util.List.<Double>of(), Double::doubleValue))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
