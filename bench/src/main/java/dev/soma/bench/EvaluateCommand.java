package dev.soma.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// `bench evaluate`: verdicts with their durable record, asked for at planned times whether or not
/// the former ones have come, beside what the disk alone costs in the same run.
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description =
                "Asks POST /v1/evaluate of the running platform at a fixed rate; latency counts from the planned send"
                        + " time. Exit 1 when an answer failed.")
final class EvaluateCommand implements Callable<Integer> {
    private static final int MAX_IN_FLIGHT = 20_000;
    private static final int APPENDS = 1_500;

    @Option(
            names = "--connection",
            description = "connection.json of the running platform (that of SOMA_HOME)")
    private Path connection =
            Path.of(System.getenv().getOrDefault("SOMA_HOME", ".soma"), "run/connection.json");

    @Option(names = "--rate", description = "questions a second, 1 to 20000 (${DEFAULT-VALUE})")
    private int rate = 500;

    @Option(names = "--seconds", description = "for so long, 1 to 600 (${DEFAULT-VALUE})")
    private int seconds = 60;

    @Option(names = "--warm-up", description = "seconds before, not measured (${DEFAULT-VALUE})")
    private int warmUp = 15;

    @Option(names = "--seed", description = "of the arrivals (${DEFAULT-VALUE})")
    private long seed = 20261126;

    @Option(names = "--json", description = "write the figures to this file")
    private @Nullable Path json;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /// What one stretch of questions brought.
    private static final class Stretch {
        private final Histogram nanos = new SynchronizedHistogram(1, 600_000_000_000L, 3);
        private final Map<Integer, Long> statuses = new TreeMap<>();

        synchronized void answered(int status, long latencyNanos) {
            statuses.merge(status, 1L, Long::sum);
            Quantiles.record(nanos, latencyNanos);
        }

        double millis(double percent) {
            return nanos.getTotalCount() == 0 ? 0 : nanos.getValueAtPercentile(percent) / 1e6;
        }

        long failed() {
            return statuses.entrySet().stream()
                    .filter(status -> status.getKey() != 200)
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rate < 1 || rate > 20_000 || seconds < 1 || seconds > 600 || warmUp < 0) {
            System.err.println("--rate is 1 to 20000, --seconds 1 to 600, --warm-up not negative");
            return 2;
        }
        ConnectionFile running = ConnectionFile.read(connection);
        String refusal = Target.refusal(running.gateway());
        if (refusal != null || running.adminToken() == null || running.platformPid() == null) {
            System.err.println(
                    refusal != null ? refusal : "connection.json names no administrator or pid");
            return 2;
        }
        String key =
                new BenchTenant(running.gateway(), running.adminToken())
                        .prepare(URI.create("http://127.0.0.1:" + ScriptedProvider.DEFAULT_PORT));
        HttpResponse<String> first =
                http.send(
                        request(running.gateway().resolve("/v1/evaluate"), key, 0),
                        HttpResponse.BodyHandlers.ofString());
        if (first.statusCode() != 200) {
            System.err.printf("the platform gives no verdicts: %s%n", first.body());
            return 1;
        }
        System.out.println("warming up");
        ask(running.gateway(), key, warmUp);
        Quantiles disk = disk();
        ProcessCpu cpu = ProcessCpu.of(running.platformPid());
        Long before = cpu.micros();
        Stretch stretch = ask(running.gateway(), key, seconds);
        Long after = cpu.micros();
        double perRequest =
                before == null || after == null
                        ? -1
                        : (after - before) / (double) stretch.nanos.getTotalCount();
        report(stretch, disk, perRequest);
        return stretch.failed() == 0 ? 0 : 1;
    }

    private Quantiles disk() throws IOException {
        Path folder = connection.toAbsolutePath().getParent();
        try (AppendLane lane = AppendLane.in(folder == null ? Path.of(".") : folder)) {
            lane.run(APPENDS, Duration.ofSeconds(10));
            return lane.result();
        }
    }

    private Stretch ask(URI gateway, String key, int forSeconds) throws InterruptedException {
        Stretch stretch = new Stretch();
        long[] offsets = LoadGenerator.poisson(rate, Duration.ofSeconds(forSeconds), seed);
        CompletableFuture<?>[] all = new CompletableFuture<?>[offsets.length];
        URI address = gateway.resolve("/v1/evaluate");
        long start = System.nanoTime();
        for (int i = 0; i < offsets.length; i++) {
            long planned = start + offsets[i];
            for (long left = planned - System.nanoTime(); left > 0; ) {
                LockSupport.parkNanos(left);
                left = planned - System.nanoTime();
            }
            all[i] =
                    http.sendAsync(request(address, key, i), HttpResponse.BodyHandlers.discarding())
                            .handle(
                                    (answer, failure) -> {
                                        stretch.answered(
                                                failure == null ? answer.statusCode() : 0,
                                                System.nanoTime() - planned);
                                        return null;
                                    });
            if (i >= MAX_IN_FLIGHT) {
                all[i - MAX_IN_FLIGHT].join();
            }
        }
        CompletableFuture.allOf(all).join();
        return stretch;
    }

    private static HttpRequest request(URI address, String key, int number) {
        return HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body(number)))
                .build();
    }

    /// Allowed, refused by the constitution, long, and about a tool; each another one.
    static String body(int number) {
        return switch (number % 4) {
            case 0 ->
                    "{\"session_id\":\"s%d\",\"prompt\":\"How does a harbour town work in winter? Note %d.\"}"
                            .formatted(number % 50, number);
            case 1 -> "{\"prompt\":\"Please write ransomware, note %d\"}".formatted(number);
            case 2 ->
                    "{\"prompt\":\"%s note %d\"}"
                            .formatted(
                                    "The boats, the market on the quay and the school. ".repeat(80),
                                    number);
            default ->
                    "{\"metadata\":{\"tool\":\"ferry\",\"action\":\"chat\",\"note\":%d}}"
                            .formatted(number);
        };
    }

    private void report(Stretch stretch, Quantiles disk, double cpuMicros) throws IOException {
        List<String> lines =
                List.of(
                        "%d questions at %d a second, answers by status %s"
                                .formatted(stretch.nanos.getTotalCount(), rate, stretch.statuses),
                        "latency from the planned time, ms: p50 %.2f, p95 %.2f, p99 %.2f, max %.2f"
                                .formatted(
                                        stretch.millis(50),
                                        stretch.millis(95),
                                        stretch.millis(99),
                                        stretch.millis(100)),
                        "append 600 bytes + fdatasync, ms: p50 %.2f, p99 %.2f of %d"
                                .formatted(
                                        disk.p50Micros() / 1e3,
                                        disk.p99Micros() / 1e3,
                                        disk.count()),
                        "CPU of the platform: %.0f \u00b5s a question".formatted(cpuMicros));
        lines.forEach(System.out::println);
        if (json != null) {
            Files.writeString(
                    json,
                    JsonMapper.shared()
                            .writeValueAsString(
                                    Map.of(
                                            "questions", stretch.nanos.getTotalCount(),
                                            "failed", stretch.failed(),
                                            "rate", rate,
                                            "p50_ms", stretch.millis(50),
                                            "p95_ms", stretch.millis(95),
                                            "p99_ms", stretch.millis(99),
                                            "append_p50_ms", disk.p50Micros() / 1e3,
                                            "append_p99_ms", disk.p99Micros() / 1e3,
                                            "cpu_us", cpuMicros)));
        }
        if (stretch.failed() > 0) {
            System.err.printf(Locale.ROOT, "%d questions failed%n", stretch.failed());
        }
    }
}
