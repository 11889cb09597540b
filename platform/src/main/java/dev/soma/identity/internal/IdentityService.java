package dev.soma.identity.internal;

import dev.soma.events.Changes;
import dev.soma.events.EventDraft;
import dev.soma.events.Outbox;
import dev.soma.events.Topic;
import dev.soma.identity.ConstitutionInForce;
import dev.soma.identity.Identities;
import dev.soma.identity.internal.Directory.ApiKey;
import dev.soma.identity.internal.Directory.SigningKey;
import dev.soma.identity.internal.Directory.User;
import dev.soma.identity.internal.Directory.UserKey;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.UserId;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.transaction.annotation.Transactional;

/// Credentials: told apart in memory, changed in one transaction with their event.
class IdentityService implements Identities, Changes.Follower {
    private final IdentityRepository repository;
    private final Tokens tokens;
    private final Outbox outbox;
    private final Supplier<Changes> changes;
    private final Supplier<ConstitutionInForce> constitution;
    private final Identifiers identifiers;
    private final InstantSource clock;
    private volatile Directory directory = Directory.EMPTY;

    IdentityService(
            IdentityRepository repository,
            Tokens tokens,
            Outbox outbox,
            Supplier<Changes> changes,
            Supplier<ConstitutionInForce> constitution,
            Identifiers identifiers,
            InstantSource clock) {
        this.repository = repository;
        this.tokens = tokens;
        this.outbox = outbox;
        this.changes = changes;
        this.constitution = constitution;
        this.identifiers = identifiers;
        this.clock = clock;
    }

    Directory directory() {
        return directory;
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.IDENTITY;
    }

    @Override
    public void reload() {
        directory = repository.load();
    }

    @Override
    public Outcome authenticate(String credential) {
        return credential.startsWith(ApiKeys.PREFIX) ? byApiKey(credential) : byToken(credential);
    }

    @Override
    public Optional<Actor> user(TenantId tenant, UserId user) {
        return directory
                .activeUser(new UserKey(tenant, user))
                .map(known -> new Actor(tenant, user, Optional.empty(), known.capabilities()));
    }

    @Override
    public List<UserId> users(TenantId tenant) {
        return directory.users().values().stream()
                .filter(user -> user.active() && user.key().tenant().equals(tenant))
                .map(user -> user.key().id())
                .toList();
    }

    private Outcome byApiKey(String credential) {
        Directory now = directory;
        Optional<ApiKeys.Presented> presented = ApiKeys.read(credential);
        ApiKey key = presented.map(p -> now.apiKeys().get(p.id())).orElse(null);
        if (presented.isEmpty() || key == null) {
            return new Outcome.Rejected("no such key");
        }
        if (!MessageDigest.isEqual(presented.get().secretSha256(), key.secretSha256())) {
            return new Outcome.Rejected("wrong secret");
        }
        if (!clock.instant().isBefore(key.expiresAt())) {
            return new Outcome.Rejected("key expired");
        }
        return owned(now, key.owner(), key.capabilities(), "key/" + key.id());
    }

    private static Outcome owned(
            Directory now, UserKey owner, Set<String> wanted, String credential) {
        Optional<User> user = now.activeUser(owner);
        if (user.isEmpty()) {
            return new Outcome.Rejected("owner is gone");
        }
        return new Outcome.Authenticated(
                new Actor(
                        owner.tenant(),
                        owner.id(),
                        Optional.of(credential),
                        user.get().held(wanted)));
    }

    private Outcome byToken(String credential) {
        Directory now = directory;
        Instant instant = clock.instant();
        Optional<Tokens.Claims> claims = tokens.verify(credential, now, instant);
        if (claims.isEmpty()) {
            return new Outcome.Rejected("not a token of this platform");
        }
        return claimProblem(claims.get(), now, instant)
                .<Outcome>map(Outcome.Rejected::new)
                .orElseGet(
                        () ->
                                owned(
                                        now,
                                        claims.get().user(),
                                        claims.get().capabilities(),
                                        "token/" + claims.get().jti()));
    }

    private Optional<String> claimProblem(Tokens.Claims claims, Directory now, Instant instant) {
        if (!instant.isBefore(claims.expiresAt())) {
            return Optional.of("token expired");
        }
        if (claims.issuedAt().isAfter(instant.plusSeconds(60))) {
            return Optional.of("token from the future");
        }
        if (now.revokedTokens().contains(claims.jti())) {
            return Optional.of("token revoked");
        }
        return claims.constitutionHash().equals(constitution.get().hash())
                ? Optional.empty()
                : Optional.of("constitution changed since the token was issued");
    }

    Optional<Tokens.Claims> inspect(String token) {
        return tokens.verify(token, directory, clock.instant());
    }

    @Transactional
    public void saveUser(
            ActorContext actor,
            Permit permit,
            UserId id,
            Set<String> capabilities,
            boolean active,
            Optional<String> passwordHash) {
        repository.saveUser(permit, id, capabilities, active, passwordHash);
        announce(
                actor,
                permit.tenant(),
                id,
                "user.saved",
                JsonValue.object().put("active", JsonValue.of(active)));
    }

    @Transactional
    public void saveApiKey(ActorContext actor, Permit permit, ApiKey key) {
        repository.saveApiKey(permit, key);
        announce(
                actor,
                permit.tenant(),
                key.owner().id(),
                "key.created",
                JsonValue.object().put("key", key.id()));
    }

    @Transactional
    public boolean revokeApiKey(ActorContext actor, Permit permit, String id) {
        if (!repository.revokeApiKey(permit, id)) {
            return false;
        }
        announce(
                actor,
                permit.tenant(),
                actor.actor().user(),
                "key.revoked",
                JsonValue.object().put("key", id));
        return true;
    }

    /// A signed token for a user, with those of the wanted capabilities that the user holds.
    ///
    /// @return empty when no key signs now
    @Transactional
    public Optional<IssuedToken> issue(
            ActorContext actor, Permit permit, User user, Set<String> wanted, int seconds) {
        Instant now = clock.instant();
        Optional<SigningKey> key = directory.signer(now);
        if (key.isEmpty()) {
            return Optional.empty();
        }
        var claims =
                new Tokens.Claims(
                        identifiers.next(),
                        user.key(),
                        user.held(wanted),
                        constitution.get().hash(),
                        now,
                        now.plusSeconds(seconds));
        tell(
                actor,
                permit.tenant(),
                user.key().id(),
                "token.issued",
                JsonValue.object().put("jti", claims.jti().toString()));
        return Optional.of(new IssuedToken(tokens.sign(claims, key.get()), claims));
    }

    record IssuedToken(String text, Tokens.Claims claims) {}

    @Transactional
    public boolean revokeToken(ActorContext actor, Permit permit, UUID jti, Instant expiresAt) {
        if (!repository.revokeToken(permit, jti, expiresAt)) {
            return false;
        }
        announce(
                actor,
                permit.tenant(),
                actor.actor().user(),
                "token.revoked",
                JsonValue.object().put("jti", jti.toString()));
        return true;
    }

    @Transactional
    public void tellLogin(ActorContext actor, UserId user, boolean success) {
        tell(
                actor,
                actor.tenant(),
                user,
                success ? "login.succeeded" : "login.failed",
                JsonValue.object());
    }

    /// Adds the next signing key when the present one is due, or when asked to.
    ///
    /// @return id of the new key, or empty when none was due
    @Transactional
    public Optional<String> rotate(ActorContext actor, SigningKeys keys, boolean now) {
        repository.lockKeys();
        List<SigningKey> present = repository.load().signingKeys();
        Optional<SigningKeys.Rotation> rotation = keys.next(present, clock.instant(), now);
        rotation.ifPresent(
                next -> {
                    repository.rotate(next.fresh(), next.oldRetireAt());
                    var detail = JsonValue.object().put("kid", next.fresh().kid());
                    announce(actor, actor.tenant(), actor.actor().user(), "key.rotated", detail);
                });
        return rotation.map(next -> next.fresh().kid());
    }

    /// Tells of a change to what every node holds in memory.
    private void announce(
            ActorContext actor, TenantId tenant, UserId subject, String what, ObjectBuilder data) {
        tell(actor, tenant, subject, what, data);
        changes.get().announce(Changes.Kind.IDENTITY, tenant);
    }

    private void tell(
            ActorContext actor, TenantId tenant, UserId subject, String what, ObjectBuilder data) {
        data.put("event", what)
                .put("by_tenant", actor.actor().tenant().value())
                .put("by", actor.actor().user().value())
                .put("request_id", actor.requestId());
        outbox.add(
                List.of(
                        new EventDraft(
                                identifiers.next(),
                                Topic.IDENTITY_AUDIT,
                                tenant,
                                subject.value(),
                                "soma.identity." + what,
                                data.build(),
                                new EventDraft.Origin(
                                        Optional.of(actor.trace().header()),
                                        constitution.get().hash()))));
    }
}
