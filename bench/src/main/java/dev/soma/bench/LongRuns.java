package dev.soma.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Runs that take minutes: the frontier of rate and latency, sessions that think, memory over time.
/// Each says what it found as figures with their units in their names.
final class LongRuns {
    /// The latencies that a frontier is drawn for, in milliseconds at p99.
    static final List<Integer> BOUNDS = List.of(5, 10, 50, 100);

    private static final double GROWTH = 1.3;
    private static final int MOST_RATES = 24;
    private static final Duration THINKING = Duration.ofSeconds(60);
    private static final long THINK_MEAN_MILLIS = 10_000;
    private static final int SAMPLE_SECONDS = 5;
    private static final double MEMORY_PER_SECOND = 50;

    private final LoadGenerator generator;
    private final Target direct;
    private final Target gateway;
    private final Plan plan;
    private final PrintWriter progress;

    /// What one run found.
    record Found(String name, Map<String, Double> figures) {
        Found {
            figures = Map.copyOf(figures);
        }
    }

    /// One rate of the frontier.
    record Rate(double perSecond, double p99Micros, boolean whole) {}

    LongRuns(
            LoadGenerator generator,
            Target direct,
            Target gateway,
            Plan plan,
            PrintWriter progress) {
        this.generator = generator;
        this.direct = direct;
        this.gateway = gateway;
        this.plan = plan;
        this.progress = progress;
    }

    /// The most requests a second that the gateway takes while 99 of 100 are answered within a
    /// bound; arrivals are a Poisson process, and latency counts from the planned time.
    Found frontier() throws InterruptedException {
        List<Rate> rates = new ArrayList<>();
        double rate = 10;
        for (int i = 0; i < MOST_RATES; i++) {
            LaneResult result =
                    generator.open(
                            gateway,
                            Lane.open("frontier", false, Plan.FRAMES, rate),
                            plan.time(),
                            plan.seed() + i);
            boolean whole = result.failed() == 0;
            rates.add(new Rate(rate, result.latency().p99Micros(), whole));
            say(
                    String.format(
                            Locale.ROOT,
                            "frontier: %.0f/s, p99 %.1f ms%s",
                            rate,
                            result.latency().p99Micros() / 1_000,
                            whole ? "" : ", not whole"));
            if (!whole || result.latency().p99Micros() > 2_000.0 * BOUNDS.getLast()) {
                break;
            }
            rate *= GROWTH;
        }
        return new Found("frontier", bounds(rates));
    }

    /// For each bound the highest rate that kept it; 0 where none did.
    static Map<String, Double> bounds(List<Rate> rates) {
        Map<String, Double> found = new LinkedHashMap<>();
        for (int bound : BOUNDS) {
            found.put(
                    "per_second_at_p99_%d_ms".formatted(bound),
                    rates.stream()
                            .filter(rate -> rate.whole() && rate.p99Micros() <= bound * 1_000.0)
                            .mapToDouble(Rate::perSecond)
                            .max()
                            .orElse(0));
        }
        return found;
    }

    /// Callers that ask, read, and think for a while before they ask again.
    Found sessions(int sessions) throws InterruptedException {
        Lane lane = Lane.thinking("sessions", Plan.FRAMES, sessions, THINK_MEAN_MILLIS);
        LaneResult alone = generator.thinking(direct, lane, THINKING, plan.seed());
        say("sessions: direct done");
        LaneResult through = generator.thinking(gateway, lane, THINKING, plan.seed());
        Map<String, Double> found = new LinkedHashMap<>();
        found.put("sessions", (double) sessions);
        found.put("requests", (double) through.requests());
        found.put("failed", (double) through.failed());
        found.put(
                "added_p50_ms",
                (through.latency().p50Micros() - alone.latency().p50Micros()) / 1_000);
        found.put(
                "added_p95_ms",
                (through.latency().p95Micros() - alone.latency().p95Micros()) / 1_000);
        return new Found("sessions", found);
    }

    /// Resident memory of the gateway under a steady rate. The first quarter is left out: a heap
    /// grows to its size first.
    Found memory(int minutes) throws InterruptedException, IOException {
        Long pid = gateway.pid();
        if (pid == null) {
            throw new IllegalArgumentException("--memory-minutes needs the gateway's pid");
        }
        List<double[]> samples = new ArrayList<>();
        long rounds = Duration.ofMinutes(minutes).toSeconds() / SAMPLE_SECONDS;
        Lane lane = Lane.open("memory", true, Plan.FRAMES, MEMORY_PER_SECOND);
        long failed = 0;
        long started = System.nanoTime();
        for (int i = 0; i < rounds; i++) {
            failed +=
                    generator
                            .open(
                                    gateway,
                                    lane,
                                    Duration.ofSeconds(SAMPLE_SECONDS),
                                    plan.seed() + i)
                            .failed();
            samples.add(new double[] {(System.nanoTime() - started) / 60e9, residentMiB(pid)});
            if (i % 12 == 11) {
                say(
                        String.format(
                                Locale.ROOT,
                                "memory: %.0f min, %.0f MiB",
                                samples.getLast()[0],
                                samples.getLast()[1]));
            }
        }
        List<double[]> steady = samples.subList(samples.size() / 4, samples.size());
        Map<String, Double> found = new LinkedHashMap<>();
        found.put("minutes", (double) minutes);
        found.put("requests_per_second", MEMORY_PER_SECOND);
        found.put("failed", (double) failed);
        found.put("resident_first_mib", steady.getFirst()[1]);
        found.put("resident_last_mib", steady.getLast()[1]);
        found.put("growth_mib_per_minute", slope(steady));
        return new Found("memory", found);
    }

    private static double residentMiB(long pid) throws IOException {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
            }
        }
        throw new IOException("no VmRSS in " + status);
    }

    /// Of the line with the least squares through points (x, y).
    static double slope(List<double[]> points) {
        double x = points.stream().mapToDouble(point -> point[0]).average().orElse(0);
        double y = points.stream().mapToDouble(point -> point[1]).average().orElse(0);
        double both = points.stream().mapToDouble(p -> (p[0] - x) * (p[1] - y)).sum();
        double square = points.stream().mapToDouble(p -> (p[0] - x) * (p[0] - x)).sum();
        return square == 0 ? 0 : both / square;
    }

    private void say(String line) {
        progress.println(line);
        progress.flush();
    }

    /// As text for a terminal.
    static String text(Found found) {
        StringBuilder text = new StringBuilder(found.name()).append('\n');
        found.figures().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(
                        figure ->
                                text.append(
                                        String.format(
                                                Locale.ROOT,
                                                "  %-32s %12.2f%n",
                                                figure.getKey(),
                                                figure.getValue())));
        return text.toString();
    }
}
