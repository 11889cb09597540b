package dev.soma.identity.internal;

import dev.soma.identity.internal.Directory.ApiKey;
import dev.soma.identity.internal.Directory.User;
import dev.soma.identity.internal.Directory.UserKey;
import dev.soma.identity.internal.IdentityRepository.LoginRow;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.TraceContext;
import dev.soma.kernel.UserId;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// Ways in without a credential: a password, and the secret of a platform that has no administrator
/// yet.
@RestController
@RunsIn(Role.API)
class LoginRoutes {
    /// Hashed when there is no such user, so that the answer takes as long as for a wrong password.
    private static final String NOBODY =
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private final IdentityService service;
    private final IdentityRepository repository;
    private final Passwords passwords;
    private final Bootstrap bootstrap;
    private final IdentitySettings settings;
    private final Authorizations authorizations;
    private final Edge edge;

    /// What a request without an actor needs from the process.
    record Edge(
            Identifiers identifiers,
            InstantSource clock,
            SecureRandom random,
            TransactionTemplate transactions) {}

    LoginRoutes(
            IdentityService service,
            IdentityRepository repository,
            Passwords passwords,
            Bootstrap bootstrap,
            IdentitySettings settings,
            Authorizations authorizations,
            Edge edge) {
        this.service = service;
        this.repository = repository;
        this.passwords = passwords;
        this.bootstrap = bootstrap;
        this.settings = settings;
        this.authorizations = authorizations;
        this.edge = edge;
    }

    @PostMapping("/v1/session/login")
    ResponseEntity<byte[]> login(@RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        Optional<TenantId> tenant =
                Optional.of(body.text("tenant")).filter(Identifiers::isSlug).map(TenantId::new);
        Optional<UserId> id =
                Optional.of(body.text("user")).filter(Identifiers::isSlug).map(UserId::new);
        String password = body.text("password");
        body.finish();
        if (tenant.isEmpty()
                || id.isEmpty()
                || password.length() > 256
                || !passwordHolds(tenant.get(), id.get(), password)) {
            throw Reply.refuse(
                    ProblemKind.CREDENTIAL_INVALID,
                    "Tenant, user and password do not belong together, or the user is locked.");
        }
        User user =
                service.directory()
                        .activeUser(new UserKey(tenant.get(), id.get()))
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.CREDENTIAL_INVALID,
                                                "The user is gone."));
        ActorContext actor =
                context(new Actor(tenant.get(), id.get(), Optional.empty(), user.capabilities()));
        Permit permit = Reply.permit(authorizations, actor, "", "user/" + id.get() + "/login");
        return TokenRoutes.answer(
                service.issue(actor, permit, user, user.capabilities(), settings.tokenSeconds())
                        .orElseThrow(TokenRoutes::noKey),
                edge.clock());
    }

    private boolean passwordHolds(TenantId tenant, UserId id, String password) {
        Boolean holds =
                edge.transactions()
                        .execute(
                                status -> {
                                    Optional<LoginRow> row = repository.findLogin(tenant, id);
                                    String hash =
                                            row.flatMap(LoginRow::passwordHash).orElse(NOBODY);
                                    boolean right =
                                            passwords.matches(password, hash)
                                                    && row.filter(
                                                                    found ->
                                                                            found.active()
                                                                                    && !found
                                                                                            .locked())
                                                            .isPresent();
                                    if (row.isPresent()) {
                                        repository.noteLogin(tenant, id, right, settings);
                                        service.tellLogin(
                                                context(
                                                        new Actor(
                                                                tenant,
                                                                id,
                                                                Optional.empty(),
                                                                Set.of())),
                                                id,
                                                right);
                                    }
                                    return right;
                                });
        return Boolean.TRUE.equals(holds);
    }

    @PostMapping("/v1/session/logout")
    ResponseEntity<byte[]> logout(ActorContext actor) {
        String credential = actor.actor().credential().orElse("");
        if (!credential.startsWith("token/")) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST,
                    "Only a token can log out; revoke an API key instead.");
        }
        Permit permit = Reply.permit(authorizations, actor, "", credential);
        UUID jti = UUID.fromString(credential.substring("token/".length()));
        service.revokeToken(
                actor,
                permit,
                jti,
                edge.clock().instant().plusSeconds(settings.tokenSeconds() + 60L));
        return Reply.ok(JsonValue.object().put("revoked", JsonValue.of(true)).build());
    }

    /// Makes the first administrator and a key for them.
    @PostMapping("/v1/bootstrap")
    ResponseEntity<byte[]> bootstrap(@RequestBody byte[] bytes) throws IOException {
        BodyReader body = BodyReader.of(bytes);
        String secret = body.text("secret");
        UserId id = UserRoutes.userId(body.text("user"));
        String password = body.text("password");
        body.finish();
        if (password.length() < 12 || password.length() > 256) {
            throw body.refused("password", "must have 12 to 256 characters");
        }
        if (repository.hasAdministrator() || !bootstrap.redeem(secret)) {
            throw Reply.refuse(
                    ProblemKind.CREDENTIAL_INVALID,
                    "There is an administrator already, or the secret is wrong or too old.");
        }
        ActorContext actor = context(Actor.SYSTEM);
        Permit permit =
                Reply.permit(authorizations, actor, "users:write", "user/" + id + "/bootstrap");
        service.saveUser(
                actor, permit, id, Set.of("*"), true, Optional.of(passwords.hash(password)));
        ApiKeys.Fresh key = ApiKeys.create(edge.random());
        UserKey owner = new UserKey(actor.tenant(), id);
        service.saveApiKey(
                actor,
                permit,
                new ApiKey(
                        key.id(),
                        owner,
                        "bootstrap",
                        key.secretSha256(),
                        Set.of("*"),
                        IdentityRepository.forever()));
        return Reply.created(
                JsonValue.object()
                        .put("user", id.value())
                        .put("key", key.text().reveal())
                        .put("key_id", key.id())
                        .build());
    }

    private ActorContext context(Actor actor) {
        UUID id = edge.identifiers().next();
        return new ActorContext(
                actor,
                actor.tenant(),
                id.toString(),
                TraceContext.from(List.of(), id),
                edge.clock().instant().plusSeconds(30));
    }
}
