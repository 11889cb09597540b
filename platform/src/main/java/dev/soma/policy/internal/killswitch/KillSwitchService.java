package dev.soma.policy.internal.killswitch;

import dev.soma.events.Changes;
import dev.soma.kernel.Permit;
import dev.soma.policy.Kill;
import dev.soma.policy.KillQuestion;
import dev.soma.policy.KillSwitches;
import dev.soma.policy.RunningWork;
import dev.soma.policy.internal.killswitch.KillSwitchLifecycle.Step;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/// Holds what is stopped as one snapshot and changes it in PostgreSQL. A change is applied here
/// before it is answered, on other nodes at their next reading of the change clock.
class KillSwitchService implements KillSwitches, Changes.Follower {
    private static final Logger log = LoggerFactory.getLogger(KillSwitchService.class);

    private final KillSwitchRepository repository;
    private final TransactionTemplate transactions;
    private final Supplier<Changes> changes;
    private final Supplier<List<RunningWork>> running;
    private final KillSwitchSettings settings;
    private volatile KillSnapshot snapshot;

    KillSwitchService(
            KillSwitchRepository repository,
            TransactionTemplate transactions,
            Supplier<Changes> changes,
            Supplier<List<RunningWork>> running,
            KillSwitchSettings settings) {
        this.repository = repository;
        this.transactions = transactions;
        this.changes = changes;
        this.running = running;
        this.settings = settings;
        this.snapshot = KillSnapshot.of(List.of(), settings.killed());
    }

    KillSnapshot snapshot() {
        return snapshot;
    }

    @Override
    public Optional<Kill> blocking(KillQuestion question) {
        return snapshot.blocking(question);
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.KILLSWITCH;
    }

    /// The snapshot comes first: work that begins now sees it, work that began before is found by
    /// its module.
    @Override
    public void reload() {
        snapshot = KillSnapshot.of(repository.inForce(), settings.killed());
        running.get().forEach(RunningWork::stopWhatIsKilled);
    }

    /// Carries out an order.
    ///
    /// @param permit for the act; the caller has checked that its holder may act on the key's
    /// tenant
    Step change(Permit permit, KillOrder order) {
        Step step = transactions.execute(status -> changed(permit, order));
        if (step instanceof Step.Changed(KillSwitch next)) {
            log.atWarn()
                    .addKeyValue("scope", next.key().scope().wireName())
                    .addKeyValue("tenant", next.key().tenant())
                    .addKeyValue("state", next.state())
                    .addKeyValue("decision", permit.decisionId())
                    .log("a kill switch was changed");
        }
        return step;
    }

    private Step changed(Permit permit, KillOrder order) {
        repository.lock();
        Optional<KillSwitch> present = repository.find(order.key());
        Step step =
                KillSwitchLifecycle.step(
                        present,
                        order,
                        repository.now(),
                        Duration.ofSeconds(settings.liftRequestSeconds()));
        if (step instanceof Step.Changed(KillSwitch next)) {
            if (present.isEmpty()
                    && next.key().scope().isBounded()
                    && !repository.makeRoom(
                            permit, next.key().tenant(), settings.switchesPerTenant())) {
                return new Step.TooMany();
            }
            repository.save(permit, next);
            changes.get().announce(Changes.Kind.KILLSWITCH, permit.tenant());
        }
        return step;
    }
}
