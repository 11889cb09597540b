package dev.soma.bench;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A report as text for a terminal.
final class ReportTable {
    private final Report report;
    private final StringBuilder text = new StringBuilder();

    private ReportTable(Report report) {
        this.report = report;
    }

    static String of(Report report) {
        ReportTable table = new ReportTable(report);
        table.head();
        table.lanes();
        table.frameCosts();
        table.paced();
        report.longRuns().forEach(found -> table.text.append('\n').append(LongRuns.text(found)));
        return table.text.toString();
    }

    private void head() {
        Machine machine = report.machine();
        line(
                "%s, %d cores, %s, %s"
                        .formatted(
                                machine.cpu(), machine.cores(), machine.kernel(), machine.jdk()));
        line(
                "load average %s before, %s after"
                        .formatted(machine.loadAverage(), report.loadAverageAfter()));
        report.warnings().forEach(warning -> line("warning: %s".formatted(warning)));
        Quantiles append = report.appendAndSync();
        line(
                "append %d bytes + fdatasync: p50 %.0f, p99 %.0f µs of %d"
                        .formatted(
                                AppendLane.RECORD_BYTES,
                                append.p50Micros(),
                                append.p99Micros(),
                                append.count()));
        line("");
    }

    private void lanes() {
        line(
                "%-10s %-10s %9s %6s %5s %8s %8s %8s %9s %9s %9s %9s"
                        .formatted(
                                "lane",
                                "target",
                                "requests",
                                "failed",
                                "lost",
                                "1/s",
                                "p50 µs",
                                "p99 µs",
                                "added p50",
                                "added p99",
                                "CPU µs/rq",
                                "of it JIT"));
        for (Report.Row row : report.rows()) {
            line(
                    "%-10s %-10s %9d %6d %5d %8.0f %8.0f %8.0f %9s %9s %9s %9s"
                            .formatted(
                                    row.lane(),
                                    row.target(),
                                    row.requests(),
                                    row.failures().values().stream()
                                            .mapToLong(Long::longValue)
                                            .sum(),
                                    row.framesLost(),
                                    row.perSecond(),
                                    row.p50Micros(),
                                    row.p99Micros(),
                                    shown(row.addedP50Micros()),
                                    shown(row.addedP99Micros()),
                                    shown(row.cpuMicrosPerRequest()),
                                    shown(row.jitMicrosPerRequest())));
            failures(row.failures());
        }
        line("");
    }

    private void frameCosts() {
        for (Report.FrameCost cost : report.frameCosts()) {
            if (cost.cpuMicrosPerFrame() != null) {
                line(
                        "CPU per frame, %s: %s µs"
                                .formatted(cost.target(), shown(cost.cpuMicrosPerFrame())));
            }
        }
        line("");
    }

    private void paced() {
        line(
                "%-10s %7s %10s %6s %6s %8s %8s %9s %s"
                        .formatted(
                                "paced",
                                "streams",
                                "frames",
                                "lost",
                                "failed",
                                "gap p50",
                                "gap p99",
                                "CPU µs/fr",
                                "kept"));
        for (Report.Paced each : report.paced()) {
            LaneResult result = each.result();
            CpuTime cpu = result.cpu();
            line(
                    "%-10s %7d %10d %6d %6d %8.0f %8.0f %9s %s"
                            .formatted(
                                    each.target(),
                                    each.streams(),
                                    result.framesReceived(),
                                    result.framesLost(),
                                    result.failed(),
                                    result.gap().p50Micros(),
                                    result.gap().p99Micros(),
                                    cpu == null
                                            ? "-"
                                            : shown(
                                                    cpu.micros()
                                                            / (double)
                                                                    Math.max(
                                                                            1,
                                                                            result
                                                                                    .framesReceived())),
                                    each.kept() ? "yes" : "no"));
            failures(result.failures());
        }
    }

    private void failures(Map<String, Long> failures) {
        failures.forEach((reason, count) -> line("    %d x %s".formatted(count, reason)));
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    private static String shown(@Nullable Double number) {
        return number == null ? "-" : "%.1f".formatted(number);
    }
}
