package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.metering.ProjectBudgets.Account;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;

/// The `kamachiq_*` metrics (contracts.md). No tenant and no project is a label. Thread-safe.
class ProjectMetrics {
    private static final double WHOLE = 10_000;

    private final MeterRegistry meters;
    private final DistributionSummary utilization;

    ProjectMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.utilization =
                DistributionSummary.builder("kamachiq_budget_utilization")
                        .description("Share of its budget that a project has spent")
                        .register(meters);
    }

    void ended(String verdict, double seconds, List<Account> accounts) {
        meters.counter("kamachiq_projects_total", "outcome", verdict).increment();
        meters.timer("kamachiq_project_duration_seconds")
                .record(Duration.ofMillis(Math.round(seconds * 1_000)));
        accounts.stream()
                .filter(account -> account.task().isEmpty() && account.limit() > 0)
                .forEach(
                        account ->
                                utilization.record((double) account.settled() / account.limit()));
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
            }
            case "TASK" -> task(happening);
            default -> {}
        }
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
