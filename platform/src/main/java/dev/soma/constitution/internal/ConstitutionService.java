package dev.soma.constitution.internal;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.Constitution;
import dev.soma.constitution.ConstitutionCheck;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.KeyRing;
import dev.soma.constitution.Quorum;
import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.internal.Alarms.Alarm;
import dev.soma.constitution.internal.ConstitutionRepository.Activation;
import dev.soma.constitution.internal.ConstitutionRepository.Origin;
import dev.soma.events.Changes;
import dev.soma.identity.ConstitutionInForce;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.runtime.Pipeline.Answer;
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
class ConstitutionService implements Constitutions, ConstitutionInForce, Changes.Follower {
    private static final Logger log = LoggerFactory.getLogger(ConstitutionService.class);

    private static final String REPLACED =
            "constitution_rollback: this document was in force before and has been replaced";

    private final ConstitutionRepository repository;
    private final ConstitutionSettings settings;
    private final Supplier<ConstitutionCheck> check;
    private final Activator activator;
    private final AuditLog audit;
    private final Alarms alarms;
    private final InstantSource clock;
    private volatile State known = new State.Absent("no constitution was ever activated");
    private volatile Instant notAfter = Instant.MAX;
    private volatile long documentEpoch;
    private volatile long leaseUntilNanos = System.nanoTime();
    private String lastRefused = "";
    private boolean stale;

    ConstitutionService(
            ConstitutionRepository repository,
            ConstitutionSettings settings,
            Supplier<ConstitutionCheck> check,
            Activator activator,
            AuditLog audit,
            Alarms alarms,
            InstantSource clock) {
        this.alarms = alarms;
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
    public Answer<Long> committedEpoch() {
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
        Optional<Refusal> refusal =
                switch (judge(signed)) {
                    case Quorum.Outcome.NotMet(String reason) ->
                            Optional.of(new Refusal(Alarm.UNVERIFIED, reason));
                    case Quorum.Outcome.Met met -> take(signed, met);
                };
        refusal.ifPresent(refused -> noteRefusal(hash, refused));
        return refusal.map(Refusal::reason);
    }

    /// Whether the signers stand behind a document.
    Quorum.Outcome judge(SignedDocument signed) {
        try {
            return Quorum.check(signed, keyRing(), settings.threshold());
        } catch (MalformedJson | IOException e) {
            return new Quorum.Outcome.NotMet("the key ring cannot be read: " + e.getMessage());
        }
    }

    /// The source answers and holds nothing; that is news only where it never held anything.
    void offerNothing() {
        repository
                .latest()
                .filter(active -> repository.lastOfSource().isEmpty())
                .ifPresent(repository::confirm);
    }

    private record Refusal(Alarm alarm, String reason) {}

    private Optional<Refusal> take(SignedDocument signed, Quorum.Outcome.Met met) {
        // The database and not this node's memory: another node may have activated it, or this one
        // may have been without a key ring until now.
        Optional<Activation> latest = repository.latest();
        if (latest.filter(active -> confirms(active, met.hash())).isPresent()) {
            String inForce = latest.get().hash();
            repository.confirm(latest.get());
            if (!hash().equals(Optional.of(inForce))) {
                reload();
            }
            lastRefused = "";
            return Optional.empty();
        }
        return switch (enact(
                new Activator.Wanted(signed, met, Origin.SOURCE, next(latest), Optional.empty()))) {
            case Enactment.Active(Activation active) -> Optional.empty();
            case Enactment.Refused(Alarm alarm, String reason) ->
                    Optional.of(new Refusal(alarm, reason));
            case Enactment.Overtaken() -> take(signed, met);
        };
    }

    /// True when a source that holds this hash holds nothing newer than what is in force.
    private boolean confirms(Activation active, String offered) {
        return active.hash().equals(offered)
                || (active.origin() != Origin.SOURCE
                        && repository.lastOfSource().equals(Optional.of(offered)));
    }

    private static long next(Optional<Activation> latest) {
        return latest.map(Activation::epoch).orElse(0L) + 1;
    }

    /// What came of putting a document in force.
    sealed interface Enactment {
        record Active(Activation activation) implements Enactment {}

        record Refused(Alarm alarm, String reason) implements Enactment {}

        /// Another went in force at the same time.
        record Overtaken() implements Enactment {}
    }

    /// Puts a draft in force, as the source would.
    Enactment enact(SignedDocument signed, Quorum.Outcome.Met met) {
        return enact(
                new Activator.Wanted(
                        signed, met, Origin.DRAFT, next(repository.latest()), Optional.empty()));
    }

    private Enactment enact(Activator.Wanted wanted) {
        SignedDocument signed = wanted.signed();
        Optional<String> past = expired(signed);
        if (past.isPresent()) {
            return new Enactment.Refused(Alarm.EXPIRED, past.get());
        }
        if (wanted.origin() != Origin.ROLLBACK) {
            Optional<String> older =
                    older(signed)
                            .or(
                                    () ->
                                            repository.wasActive(wanted.met().hash())
                                                    ? Optional.of(REPLACED)
                                                    : Optional.empty());
            if (older.isPresent()) {
                return new Enactment.Refused(Alarm.ROLLBACK, older.get());
            }
        }
        return check.get()
                .objection(signed.document())
                .<Enactment>map(reason -> new Enactment.Refused(Alarm.UNENFORCEABLE, reason))
                .orElseGet(() -> activated(wanted));
    }

    private Enactment activated(Activator.Wanted wanted) {
        Optional<Activation> active = activator.activate(wanted);
        if (active.isEmpty()) {
            return new Enactment.Overtaken();
        }
        log.atInfo()
                .addKeyValue("hash", active.get().hash())
                .addKeyValue("epoch", active.get().epoch())
                .addKeyValue("origin", active.get().origin().wireName())
                .log("a constitution is in force");
        return new Enactment.Active(active.get());
    }

    /// Puts a former document in force again.
    ///
    /// @param approval hash of the statement by which its signers let it
    Enactment restore(String hash, long epoch, String approval) {
        Optional<byte[]> file = repository.signedFile(hash);
        if (file.isEmpty() || !repository.wasActive(hash)) {
            return new Enactment.Refused(
                    Alarm.UNVERIFIED, "no constitution of this hash was ever in force");
        }
        try {
            SignedDocument signed = SignedDocument.parseFile(file.get());
            return switch (judge(signed)) {
                case Quorum.Outcome.NotMet(String reason) ->
                        new Enactment.Refused(Alarm.UNVERIFIED, reason);
                case Quorum.Outcome.Met met ->
                        enact(
                                new Activator.Wanted(
                                        signed,
                                        met,
                                        Origin.ROLLBACK,
                                        epoch,
                                        Optional.of(approval)));
            };
        } catch (MalformedJson e) {
            throw new IllegalStateException("an activated constitution is not JSON any more", e);
        }
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

    /// Whether as many signers have signed a statement as the constitution in force demands.
    Optional<String> objection(SignedDocument statement) {
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

    private void noteRefusal(String hash, Refusal refused) {
        String key = hash + refused.reason();
        if (key.equals(lastRefused)) {
            return;
        }
        lastRefused = key;
        alarms.raise(refused.alarm(), hash, refused.reason());
        var _ = audit.append("constitution", refusal(hash, refused.reason()));
    }

    /// Raises the alarm once when the source leaves a constitution unconfirmed for too long.
    void watchLease() {
        boolean now = state() instanceof State.Stale;
        if (now && !stale) {
            alarms.raise(
                    Alarm.STALE,
                    hash().orElse(""),
                    "its source has not confirmed it within the lease; nothing is admitted");
        }
        stale = now;
    }

    private static JsonObject refusal(String hash, String reason) {
        return JsonValue.object()
                .put("transition", "REJECTED")
                .put("hash", hash)
                .put("reason", reason)
                .build();
    }
}
