package dev.soma.constitution.internal;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.Constitution;
import dev.soma.constitution.ConstitutionCheck;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.KeyRing;
import dev.soma.constitution.Quorum;
import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.Statements;
import dev.soma.constitution.internal.ConstitutionRepository.Activation;
import dev.soma.events.Changes;
import dev.soma.identity.ConstitutionInForce;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds what is in force on this node and judges what a source offers. The signatures are checked
/// where a document
/// is activated and again where a node takes it from the database.
class ConstitutionService
        implements Constitutions, ConstitutionInForce, Changes.Follower, Statements {
    private static final Logger log = LoggerFactory.getLogger(ConstitutionService.class);

    private final ConstitutionRepository repository;
    private final ConstitutionSettings settings;
    private final Supplier<ConstitutionCheck> check;
    private final Activator activator;
    private final AuditLog audit;
    private final InstantSource clock;
    private volatile State known = new State.Absent("no constitution was ever activated");
    private volatile Instant notAfter = Instant.MAX;
    private volatile long documentEpoch;
    private volatile long leaseUntilNanos = System.nanoTime();
    private String lastRefused = "";

    ConstitutionService(
            ConstitutionRepository repository,
            ConstitutionSettings settings,
            Supplier<ConstitutionCheck> check,
            Activator activator,
            AuditLog audit,
            InstantSource clock) {
        this.repository = repository;
        this.settings = settings;
        this.check = check;
        this.activator = activator;
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    public State state() {
        if (clock.instant().isAfter(notAfter)) {
            return new State.Absent("the constitution's 'not_after' has passed");
        }
        return known instanceof State.InForce(Constitution constitution)
                        && System.nanoTime() - leaseUntilNanos >= 0
                ? new State.Stale(constitution)
                : known;
    }

    @Override
    public long committedEpoch() {
        return repository.committedEpoch();
    }

    @Override
    public Optional<String> hash() {
        return switch (known) {
            case State.InForce(Constitution constitution) -> Optional.of(constitution.hash());
            case State.Stale(Constitution constitution) -> Optional.of(constitution.hash());
            case State.Absent(String reason) -> Optional.empty();
        };
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.CONSTITUTION;
    }

    @Override
    public void reload() {
        known =
                repository
                        .latest()
                        .map(this::admit)
                        .orElse(new State.Absent("no constitution was ever activated"));
        renewLease();
    }

    private State admit(Activation activation) {
        try {
            SignedDocument signed = SignedDocument.parseFile(activation.signedFile());
            return switch (Quorum.check(signed, keyRing(), settings.threshold())) {
                case Quorum.Outcome.Met met when met.hash().equals(activation.hash()) ->
                        inForce(signed, met, activation);
                case Quorum.Outcome.Met met ->
                        new State.Absent("the stored document does not have the activated hash");
                case Quorum.Outcome.NotMet(String reason) -> new State.Absent(reason);
            };
        } catch (MalformedJson | IOException e) {
            return new State.Absent(
                    "the stored constitution or the key ring cannot be read: " + e.getMessage());
        }
    }

    private State inForce(SignedDocument signed, Quorum.Outcome.Met met, Activation activation) {
        notAfter = signed.dialect().notAfter(signed.document()).orElse(Instant.MAX);
        documentEpoch = signed.dialect().documentEpoch(signed.document());
        return new State.InForce(
                new Constitution(
                        signed.document(),
                        met.hash(),
                        signed.dialect().algorithm(),
                        met.version(),
                        activation.epoch(),
                        met.signers()));
    }

    private KeyRing keyRing() throws IOException, MalformedJson {
        return Files.exists(settings.keyRingFile())
                ? KeyRing.parse(Files.readAllBytes(settings.keyRingFile()))
                : new KeyRing(Map.of());
    }

    long nowSeconds() {
        return clock.instant().getEpochSecond();
    }

    /// Moves the end of the lease to what the database says of the last confirmation.
    void renewLease() {
        long before = System.nanoTime();
        hash().flatMap(repository::ageMillis)
                .ifPresent(
                        age ->
                                leaseUntilNanos =
                                        before + (settings.leaseMillis() - age) * 1_000_000L);
    }

    /// Judges what the source holds: confirms, activates or refuses it.
    ///
    /// @return the reason of a refusal
    Optional<String> offer(SignedDocument signed) {
        String hash = signed.dialect().hash(signed.document());
        Optional<String> refusal;
        try {
            refusal =
                    switch (Quorum.check(signed, keyRing(), settings.threshold())) {
                        case Quorum.Outcome.NotMet(String reason) -> Optional.of(reason);
                        case Quorum.Outcome.Met met -> take(signed, met);
                    };
        } catch (MalformedJson | IOException e) {
            refusal = Optional.of("the key ring cannot be read: " + e.getMessage());
        }
        refusal.ifPresent(reason -> noteRefusal(hash, reason));
        return refusal;
    }

    private Optional<String> take(SignedDocument signed, Quorum.Outcome.Met met) {
        // The database and not this node's memory: another node may have activated it, or this one
        // may have been without a key ring until now.
        if (repository.latest().map(Activation::hash).equals(Optional.of(met.hash()))) {
            repository.confirm(met.hash());
            if (!hash().equals(Optional.of(met.hash()))) {
                reload();
            }
            lastRefused = "";
            return Optional.empty();
        }
        Optional<String> objection =
                expired(signed)
                        .or(() -> older(signed))
                        .or(() -> check.get().objection(signed.document()));
        if (objection.isPresent()) {
            return objection;
        }
        if (repository.wasActive(met.hash())) {
            return Optional.of(
                    "constitution_rollback: this document was in force before and has been replaced");
        }
        Activation active = activator.activate(signed, met);
        log.atInfo()
                .addKeyValue("hash", met.hash())
                .addKeyValue("epoch", active.epoch())
                .log("a constitution is in force");
        return Optional.empty();
    }

    private Optional<String> expired(SignedDocument signed) {
        return signed.dialect()
                .notAfter(signed.document())
                .filter(end -> !clock.instant().isBefore(end))
                .map(end -> "expired: the document's 'not_after' has passed");
    }

    /// A document that counts its own epochs may not be older than the one in force.
    private Optional<String> older(SignedDocument signed) {
        long wanted = signed.dialect().documentEpoch(signed.document());
        if (wanted == 0 || wanted > documentEpoch) {
            return Optional.empty();
        }
        return Optional.of(
                "constitution_rollback: the document has epoch %d, the one in force %d"
                        .formatted(wanted, documentEpoch));
    }

    @Override
    public Optional<String> objection(SignedDocument statement) {
        if (!(state() instanceof State.InForce(Constitution constitution))) {
            return Optional.of("no constitution is in force");
        }
        try {
            var outcome =
                    Quorum.checkStatement(
                            statement, keyRing(), settings.threshold(), constitution.document());
            return outcome instanceof Quorum.Outcome.NotMet(String reason)
                    ? Optional.of(reason)
                    : Optional.empty();
        } catch (MalformedJson | IOException e) {
            return Optional.of("the key ring cannot be read");
        }
    }

    private void noteRefusal(String hash, String reason) {
        String key = hash + reason;
        if (key.equals(lastRefused)) {
            return;
        }
        lastRefused = key;
        log.atWarn().addKeyValue("hash", hash).log("a constitution is refused: " + reason);
        var _ = audit.append("constitution", refusal(hash, reason));
    }

    private static JsonObject refusal(String hash, String reason) {
        return JsonValue.object()
                .put("transition", "REJECTED")
                .put("hash", hash)
                .put("reason", reason)
                .build();
    }
}
