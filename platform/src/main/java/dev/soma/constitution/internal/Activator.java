package dev.soma.constitution.internal;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.Quorum;
import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.internal.ConstitutionRepository.Activation;
import dev.soma.constitution.internal.ConstitutionRepository.Origin;
import dev.soma.events.Changes;
import dev.soma.events.EventDraft;
import dev.soma.events.Outbox;
import dev.soma.events.Topic;
import dev.soma.kernel.Actor;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.transaction.support.TransactionTemplate;

/// Puts a verified document in force: evidence first, then the row, the event and the change in one
/// transaction.
class Activator {
    private static final TenantId EVERYBODY = Actor.SYSTEM.tenant();

    private final ConstitutionRepository repository;
    private final TransactionTemplate transactions;
    private final Outbox outbox;
    private final Supplier<Changes> changes;
    private final AuditLog audit;
    private final Identifiers identifiers;
    private final InstantSource clock;

    Activator(
            ConstitutionRepository repository,
            TransactionTemplate transactions,
            Outbox outbox,
            Supplier<Changes> changes,
            AuditLog audit,
            Identifiers identifiers,
            InstantSource clock) {
        this.repository = repository;
        this.transactions = transactions;
        this.outbox = outbox;
        this.changes = changes;
        this.audit = audit;
        this.identifiers = identifiers;
        this.clock = clock;
    }

    /// A document that may go in force.
    ///
    /// @param epoch the one it was judged to get
    /// @param approval hash of the signed statement that let it, for a rollback
    record Wanted(
            SignedDocument signed,
            Quorum.Outcome.Met met,
            Origin origin,
            long epoch,
            Optional<String> approval) {}

    /// @return empty when another went in force since it was judged
    Optional<Activation> activate(Wanted wanted) {
        Optional<Activation> activation =
                transactions.execute(
                        status -> {
                            repository.lock();
                            Optional<Activation> previous = repository.latest();
                            if (previous.map(Activation::epoch).orElse(0L) + 1 != wanted.epoch()) {
                                return Optional.empty();
                            }
                            SignedDocument signed = wanted.signed();
                            Activation next =
                                    new Activation(
                                            wanted.epoch(),
                                            wanted.met().hash(),
                                            wanted.met().version(),
                                            wanted.met().signers(),
                                            signed.toFile(),
                                            wanted.origin());
                            audit.append("constitution", evidence(next, wanted)).join();
                            repository.activate(
                                    next,
                                    signed.dialect().wireName(),
                                    previous.map(Activation::hash));
                            repository.confirm(next);
                            outbox.add(
                                    List.of(event(next, signed, previous.map(Activation::hash))));
                            changes.get().announce(Changes.Kind.CONSTITUTION, EVERYBODY);
                            return Optional.of(next);
                        });
        if (activation == null) {
            throw new IllegalStateException("a transaction without rollback has a result");
        }
        return activation;
    }

    private static JsonObject evidence(Activation next, Wanted wanted) {
        var evidence = JsonValue.object();
        wanted.approval().ifPresent(hash -> evidence.put("approval_hash", hash));
        return evidence.put("transition", "ACTIVE")
                .put("hash", next.hash())
                .put("origin", next.origin().wireName())
                .put("algorithm", wanted.signed().dialect().algorithm())
                .put("epoch", next.epoch())
                .put("version", next.version())
                .put("signers", JsonValue.texts(next.signers()))
                .build();
    }

    private EventDraft event(
            Activation next, SignedDocument signed, Optional<String> previousHash) {
        var data =
                JsonValue.object()
                        .put("tenant", "*")
                        .put("hash", next.hash())
                        .put("algorithm", signed.dialect().algorithm())
                        .put("version", next.version())
                        .put("epoch", next.epoch())
                        .put(
                                "effective_at",
                                clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        previousHash.ifPresent(hash -> data.put("previous_hash", hash));
        return new EventDraft(
                identifiers.next(),
                Topic.CONSTITUTION_UPDATED,
                EVERYBODY,
                "constitution",
                "soma.constitution.updated",
                data.build(),
                new EventDraft.Origin(Optional.empty(), Optional.of(next.hash())));
    }
}
