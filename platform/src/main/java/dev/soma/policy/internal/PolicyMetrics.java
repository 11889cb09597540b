package dev.soma.policy.internal;

import dev.soma.kernel.TenantId;
import dev.soma.policy.Verdict;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// The meters of the module. The tenant label is capped; tenants beyond the cap share `_other`.
class PolicyMetrics {
    private static final int MAX_TENANTS = 1_000;
    private static final int CHECK_EVERY = 1_000;

    private final MeterRegistry meters;
    private final Timer latency;
    private final Timer moderation;
    private final DeterminismCheck determinism;
    private final DistributionSummary score;
    private final Set<String> tenants = ConcurrentHashMap.newKeySet();

    PolicyMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.moderation = meters.timer("soma_moderation_check_seconds");
        this.determinism =
                new DeterminismCheck(
                        meters, Executors.newVirtualThreadPerTaskExecutor(), CHECK_EVERY);
        this.latency =
                Timer.builder("policy_evaluation_latency_seconds")
                        .serviceLevelObjectives(
                                Duration.ofNanos(20_000),
                                Duration.ofNanos(100_000),
                                Duration.ofMillis(1),
                                Duration.ofMillis(15))
                        .register(meters);
        this.score =
                DistributionSummary.builder("policy_evaluation_score")
                        .serviceLevelObjectives(0.2, 0.5, 0.8, 1.0)
                        .register(meters);
    }

    DeterminismCheck determinism() {
        return determinism;
    }

    void moderated(long nanos) {
        moderation.record(nanos, TimeUnit.NANOSECONDS);
    }

    void evaluated(long nanos) {
        latency.record(nanos, TimeUnit.NANOSECONDS);
    }

    void decided(TenantId tenant, Verdict verdict) {
        score.record(verdict.scoreMicro() / 1e6);
        meters.counter(
                        "policy_decision_total",
                        "tenant",
                        label(tenant),
                        "decision",
                        verdict.word().wireName(),
                        "policy_id",
                        policyId(verdict))
                .increment();
    }

    private String label(TenantId tenant) {
        if (tenants.contains(tenant.value())) {
            return tenant.value();
        }
        return tenants.size() < MAX_TENANTS && tenants.add(tenant.value())
                ? tenant.value()
                : "_other";
    }

    /// What decided: the tenant's pack, the constitution, or the absence of a permit.
    private static String policyId(Verdict verdict) {
        if (verdict.violations().stream()
                .anyMatch(violation -> violation.rule().equals("default-deny"))) {
            return "default-deny";
        }
        return verdict.violations().stream().anyMatch(violation -> !violation.article().isEmpty())
                ? "constitution"
                : "pack";
    }
}
