package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.evidence.Estimated;
import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.ProjectBudgets.Account;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// The `kamachiq_*` metrics (contracts.md). No tenant and no project is a label. Thread-safe.
class ProjectMetrics {
    private static final double WHOLE = 10_000;

    private final MeterRegistry meters;
    private final DistributionSummary utilization;
    private final AtomicLong approved = new AtomicLong();
    private final AtomicLong referred = new AtomicLong();

    ProjectMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.utilization =
                DistributionSummary.builder("kamachiq_budget_utilization")
                        .description("Share of its budget that a project has spent")
                        .register(meters);
        Gauge.builder("kamachiq_approval_rate", this::approvalRate)
                .description("Reviews of this process that approved, of those that decided")
                .register(meters);
    }

    /// @param waiting how many tasks and projects wait for a person; told as unknown when it throws
    void queue(LongSupplier waiting) {
        Gauge.builder("kamachiq_human_queue_depth", () -> known(waiting))
                .description("Tasks and projects that wait for a person")
                .register(meters);
    }

    private static double known(LongSupplier figure) {
        try {
            return figure.getAsLong();
        } catch (RuntimeException e) {
            return Double.NaN;
        }
    }

    void ended(String verdict, double seconds, List<Account> accounts, JsonObject report) {
        report.object("timeline")
                .ifPresent(
                        timeline ->
                                meters.summary("kamachiq_schedule_ratio")
                                        .record(timeline.integer("ratio_bp").orElse(0) / WHOLE));
        report.objects("record")
                .forEach(entry -> entry.objects("provenance").forEach(this::provenance));
        meters.counter("kamachiq_projects_total", "outcome", verdict).increment();
        meters.timer("kamachiq_project_duration_seconds")
                .record(Duration.ofMillis(Math.round(seconds * 1_000)));
        estimate(accounts, report);
        accounts.stream()
                .filter(account -> account.task().isEmpty() && account.limit() > 0)
                .forEach(
                        account ->
                                utilization.record((double) account.settled() / account.limit()));
    }

    /// How far the estimate was from what models cost, as a share of that.
    private void estimate(List<Account> accounts, JsonObject report) {
        long expected =
                Estimated.tokens(report.objects("record")).values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
        accounts.stream()
                .filter(account -> account.task().isEmpty() && account.settled() > 0)
                .forEach(
                        account ->
                                meters.summary("kamachiq_estimate_error_ratio")
                                        .record(
                                                Math.abs(expected - account.settled())
                                                        / (double) account.settled()));
    }

    private void provenance(JsonObject range) {
        meters.counter(
                        "kamachiq_provenance_bytes_total",
                        "origin",
                        range.text("origin").orElse("UNKNOWN"))
                .increment(
                        (double) (range.integer("to").orElse(0) - range.integer("from").orElse(0)));
    }

    void happened(Happening happening) {
        switch (happening.kind()) {
            case "REVIEW" -> {
                meters.summary(
                                "kamachiq_quality_score",
                                "type",
                                happening.facts().getOrDefault("type", ""))
                        .record(number(happening, "score_bp") / WHOLE);
                meters.counter(
                                "kamachiq_reviews_total",
                                "route",
                                happening.facts().getOrDefault("route", "unknown"))
                        .increment();
                decided(happening.facts().getOrDefault("route", ""));
            }
            case "TASK" -> task(happening);
            default -> {}
        }
    }

    /// What goes back to be remedied is not decided yet.
    private void decided(String route) {
        if (route.equals("approved")) {
            approved.incrementAndGet();
        } else if (route.equals("human")) {
            referred.incrementAndGet();
        }
    }

    private double approvalRate() {
        long decided = approved.get() + referred.get();
        return decided == 0 ? Double.NaN : (double) approved.get() / decided;
    }

    private void task(Happening happening) {
        String state = happening.facts().getOrDefault("state", "");
        switch (state) {
            case "FAILED_TRY" ->
                    meters.counter("kamachiq_agent_failures_total", "reason", "try").increment();
            case "BLOCKED" ->
                    meters.counter(
                                    "kamachiq_governance_block_total",
                                    "cause",
                                    happening.facts().containsKey("approval")
                                            ? "review"
                                            : "stopped")
                            .increment();
            default -> {}
        }
        if (happening.facts().containsKey("ms")) {
            meters.timer(
                            "kamachiq_task_execution_duration_seconds",
                            "type",
                            happening.facts().getOrDefault("type", ""),
                            "outcome",
                            state)
                    .record(Duration.ofMillis((long) number(happening, "ms")));
        }
    }

    private static double number(Happening happening, String name) {
        return Double.parseDouble(happening.facts().getOrDefault(name, "0"));
    }
}
