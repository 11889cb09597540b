package dev.soma.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs the lanes in interleaved rounds: within a round each lane meets every target, in an order
/// that turns from round to round, so that a slow minute of the machine falls on all of them.
final class GatewayBench {
    static final String DIRECT = "direct";
    static final String GATEWAY = "gateway";
    private static final int MOST_APPENDS = 500;
    private static final double MOST_ADDED_MICROS = 100_000;

    private final LoadGenerator generator;
    private final AppendLane append;
    private final List<Target> targets;
    private final Plan plan;
    private final PrintWriter progress;
    private final Map<String, ProcessCpu> processes = new HashMap<>();

    GatewayBench(
            LoadGenerator generator,
            AppendLane append,
            List<Target> targets,
            Plan plan,
            PrintWriter progress) {
        this.generator = generator;
        this.append = append;
        this.targets = targets;
        this.plan = plan;
        this.progress = progress;
        for (Target target : targets) {
            if (target.pid() != null) {
                processes.put(target.name(), ProcessCpu.of(target.pid()));
            }
        }
    }

    Report run() throws IOException, InterruptedException {
        Machine before = Machine.read();
        List<String> warnings = new ArrayList<>();
        if (before.loaded()) {
            warnings.add(
                    "load average "
                            + before.loadAverage()
                            + " on "
                            + before.cores()
                            + " cores before the start: latency figures are not to be quoted, CPU per request holds");
        }
        for (Target target : targets) {
            if (target.pid() == null && !target.name().equals(DIRECT)) {
                warnings.add("CPU of " + target.name() + " is not measured: no pid is known");
            }
        }
        warnings.forEach(warning -> say("warning: " + warning));
        say("warming up");
        long warm = System.nanoTime() + plan.warmUp().toNanos();
        do {
            round(0, new ArrayList<>());
        } while (System.nanoTime() < warm);
        List<Report.Measured> measured = new ArrayList<>();
        for (int round = 1; round <= plan.rounds(); round++) {
            say("round " + round + " of " + plan.rounds());
            append.run(MOST_APPENDS, Duration.ofSeconds(1));
            round(round, measured);
        }
        List<Report.Paced> paced = paced();
        return new Report(
                before,
                Machine.loadAverageNow(),
                warnings,
                plan,
                append.result(),
                measured,
                paced,
                List.of());
    }

    private void round(int round, List<Report.Measured> measured) throws InterruptedException {
        for (Lane lane : plan.lanes()) {
            for (int i = 0; i < targets.size(); i++) {
                Target target = targets.get((i + round) % targets.size());
                LaneResult result =
                        timed(
                                target,
                                () ->
                                        lane.concurrency() > 0
                                                ? generator.closed(target, lane, plan.time())
                                                : generator.open(
                                                        target,
                                                        lane,
                                                        plan.time(),
                                                        plan.seed() + round));
                measured.add(new Report.Measured(lane.name(), target.name(), round, result));
            }
        }
    }

    /// Grows the number of streams at each target until frames are lost or come later than from the
    /// provider itself by more than the bound.
    private List<Report.Paced> paced() throws InterruptedException {
        List<Report.Paced> found = new ArrayList<>();
        List<Target> standing = new ArrayList<>(targets);
        for (int streams : plan.streams()) {
            double direct = 0;
            for (Target target : List.copyOf(standing)) {
                say(streams + " paced streams, " + target.name());
                LaneResult result =
                        timed(
                                target,
                                () ->
                                        generator.streams(
                                                target, plan.paced(), streams, plan.time()));
                double late = result.gap().p99Micros() - direct;
                boolean kept =
                        result.framesLost() == 0
                                && result.failed() == 0
                                && (late <= MOST_ADDED_MICROS || target.name().equals(DIRECT));
                direct = target.name().equals(DIRECT) ? result.gap().p99Micros() : direct;
                found.add(new Report.Paced(target.name(), streams, kept, result));
                if (!kept) {
                    standing.remove(target);
                }
            }
        }
        return found;
    }

    private interface Measurement {
        LaneResult run() throws InterruptedException;
    }

    private LaneResult timed(Target target, Measurement measurement) throws InterruptedException {
        ProcessCpu process = processes.get(target.name());
        CpuTime before = process == null ? null : process.spent();
        LaneResult result = measurement.run();
        CpuTime after = process == null ? null : process.spent();
        return result.withCpu(before == null || after == null ? null : after.since(before));
    }

    private void say(String line) {
        progress.println(line);
        progress.flush();
    }
}
