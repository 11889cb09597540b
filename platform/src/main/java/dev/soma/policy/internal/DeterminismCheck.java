package dev.soma.policy.internal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Judges one request in a thousand a second time, without the indexes, and raises an alarm where
/// the
/// two differ: an index that forgets a rule would else allow in silence. Aside from the request,
/// which
/// does not wait for it. Thread-safe.
class DeterminismCheck {
    private static final Logger log = LoggerFactory.getLogger(DeterminismCheck.class);

    private final int every;
    private final Executor aside;
    private final Counter checks;
    private final Counter failures;
    private final AtomicLong judged = new AtomicLong();

    /// @param every how many requests there are to one that is checked
    DeterminismCheck(MeterRegistry meters, Executor aside, int every) {
        this.every = every;
        this.aside = aside;
        this.checks = meters.counter("soma_policy_determinism_checks_total");
        this.failures = meters.counter("soma_policy_determinism_failures_total");
    }

    void judged(Facts facts, RulePack pack, Evaluator.Finding found) {
        if (judged.incrementAndGet() % every == 0) {
            aside.execute(() -> check(facts, pack, found));
        }
    }

    private void check(Facts facts, RulePack pack, Evaluator.Finding found) {
        checks.increment();
        if (!Evaluator.agrees(found, Evaluator.evaluatePlainly(facts, pack), pack)) {
            failures.increment();
            log.atError()
                    .addKeyValue("policy", pack.digest())
                    .log("a request was judged otherwise without the indexes of its pack");
        }
    }
}
