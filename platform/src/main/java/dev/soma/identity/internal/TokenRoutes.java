package dev.soma.identity.internal;

import dev.soma.identity.Identities;
import dev.soma.identity.Identities.Outcome.Authenticated;
import dev.soma.identity.Identities.Outcome.Rejected;
import dev.soma.identity.internal.Directory.User;
import dev.soma.identity.internal.Directory.UserKey;
import dev.soma.identity.internal.IdentityService.IssuedToken;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.UserId;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/tokens` and the key set.
@RestController
@RunsIn(Role.API)
class TokenRoutes {
    private final IdentityService service;
    private final Identities identities;
    private final SigningKeys keys;
    private final IdentitySettings settings;
    private final Authorizations authorizations;
    private final InstantSource clock;

    TokenRoutes(
            IdentityService service,
            Identities identities,
            SigningKeys keys,
            IdentitySettings settings,
            Authorizations authorizations,
            InstantSource clock) {
        this.service = service;
        this.identities = identities;
        this.keys = keys;
        this.settings = settings;
        this.authorizations = authorizations;
        this.clock = clock;
    }

    @PostMapping("/v1/tokens/issue")
    ResponseEntity<byte[]> issue(ActorContext caller, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        ActorContext actor = Reply.inTenant(caller, body.optionalText("tenant"));
        UserId subject =
                body.optionalText("user").map(UserRoutes::userId).orElse(actor.actor().user());
        Set<String> wanted = new HashSet<>(body.texts("capabilities"));
        int seconds =
                (int)
                        body.optionalLong("expires_in", 1, settings.tokenSeconds())
                                .orElse(settings.tokenSeconds());
        body.finish();
        Permit permit =
                Reply.permit(authorizations, actor, "tokens:issue", "user/" + subject + "/token");
        User user =
                service.directory()
                        .activeUser(new UserKey(actor.tenant(), subject))
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.NOT_FOUND, "There is no such user."));
        UserRoutes.requireHeld(actor, wanted);
        return answer(
                service.issue(actor, permit, user, wanted, seconds).orElseThrow(TokenRoutes::noKey),
                clock);
    }

    static RuntimeException noKey() {
        return Reply.refuse(ProblemKind.ENGINE_UNAVAILABLE, "No signing key is active yet.");
    }

    static ResponseEntity<byte[]> answer(IssuedToken token, InstantSource clock) {
        return Reply.created(
                JsonValue.object()
                        .put("token", token.text())
                        .put("jti", token.claims().jti().toString())
                        .put(
                                "expires_in",
                                token.claims().expiresAt().getEpochSecond()
                                        - clock.instant().getEpochSecond())
                        .put(
                                "capabilities",
                                JsonValue.texts(
                                        token.claims().capabilities().stream().sorted().toList()))
                        .build());
    }

    @PostMapping("/v1/tokens/verify")
    ResponseEntity<byte[]> verify(ActorContext actor, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        String token = body.text("token");
        body.finish();
        return switch (identities.authenticate(token)) {
            case Authenticated(Actor subject) when subject.tenant().equals(actor.tenant()) ->
                    Reply.ok(
                            JsonValue.object()
                                    .put("active", JsonValue.of(true))
                                    .put("sub", subject.user().value())
                                    .put("tenant_id", subject.tenant().value())
                                    .put(
                                            "capabilities",
                                            JsonValue.texts(
                                                    subject.capabilities().stream()
                                                            .sorted()
                                                            .toList()))
                                    .build());
            case Authenticated(Actor subject) -> inactive("not a token of this tenant");
            case Rejected(String reason) -> inactive(reason);
        };
    }

    private static ResponseEntity<byte[]> inactive(String reason) {
        return Reply.ok(
                JsonValue.object()
                        .put("active", JsonValue.of(false))
                        .put("reason", reason)
                        .build());
    }

    @PostMapping("/v1/tokens/revoke")
    ResponseEntity<byte[]> revoke(ActorContext actor, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        String token = body.text("token");
        body.finish();
        Tokens.Claims claims =
                service.inspect(token)
                        .filter(found -> found.user().tenant().equals(actor.tenant()))
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.NOT_FOUND,
                                                "That is not a token of this tenant."));
        boolean own = claims.user().id().equals(actor.actor().user());
        Permit permit =
                Reply.permit(
                        authorizations, actor, own ? "" : "tokens:revoke", "token/" + claims.jti());
        service.revokeToken(actor, permit, claims.jti(), claims.expiresAt().plusSeconds(60));
        return Reply.ok(
                JsonValue.object()
                        .put("jti", claims.jti().toString())
                        .put("revoked", JsonValue.of(true))
                        .build());
    }

    @PostMapping("/v1/tokens/rotate")
    ResponseEntity<byte[]> rotate(ActorContext actor) {
        Reply.permit(authorizations, actor, "platform:keys", "signing-keys");
        String kid = service.rotate(actor, keys, true).orElse("");
        return Reply.created(
                JsonValue.object()
                        .put("kid", kid)
                        .put("signs_after_seconds", settings.keyOverlapSeconds())
                        .build());
    }

    @GetMapping("/.well-known/jwks.json")
    ResponseEntity<byte[]> keySet() {
        return Reply.ok(Tokens.keySet(service.directory().signingKeys()));
    }
}
