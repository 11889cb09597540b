package dev.soma.identity.internal;

import dev.soma.identity.internal.Directory.User;
import dev.soma.identity.internal.Directory.UserKey;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.UserId;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import dev.soma.tenancy.Tenants;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/users`.
@RestController
@RunsIn(Role.API)
class UserRoutes {
    private static final int MIN_PASSWORD = 12;
    private static final int MAX_PASSWORD = 256;

    private final IdentityService service;
    private final Passwords passwords;
    private final Tenants tenants;
    private final Authorizations authorizations;

    UserRoutes(
            IdentityService service,
            Passwords passwords,
            Tenants tenants,
            Authorizations authorizations) {
        this.service = service;
        this.passwords = passwords;
        this.tenants = tenants;
        this.authorizations = authorizations;
    }

    @PutMapping("/v1/users/{id}")
    ResponseEntity<byte[]> save(
            ActorContext caller, @PathVariable String id, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        ActorContext actor = Reply.inTenant(caller, body.optionalText("tenant"));
        Set<String> capabilities = new HashSet<>(body.texts("capabilities"));
        boolean active = body.optionalBoolean("active").orElse(true);
        Optional<String> password = body.optionalText("password");
        body.finish();
        if (password.filter(text -> text.length() < MIN_PASSWORD || text.length() > MAX_PASSWORD)
                .isPresent()) {
            throw body.refused(
                    "password",
                    "must have %d to %d characters".formatted(MIN_PASSWORD, MAX_PASSWORD));
        }
        UserId user = userId(id);
        Permit permit = Reply.permit(authorizations, actor, "users:write", "user/" + id);
        if (!tenants.exists(actor.tenant())) {
            throw Reply.refuse(ProblemKind.NOT_FOUND, "There is no such tenant.");
        }
        requireHeld(actor, capabilities);
        service.saveUser(actor, permit, user, capabilities, active, password.map(passwords::hash));
        return Reply.ok(
                document(new User(new UserKey(actor.tenant(), user), capabilities, active)));
    }

    /// Nobody can hand out what they do not hold.
    static void requireHeld(ActorContext actor, Set<String> capabilities) {
        for (String capability : capabilities) {
            if (!actor.actor().holds(capability)) {
                throw Reply.refuse(
                        ProblemKind.CAPABILITY_MISSING,
                        "You cannot grant '%s', which you do not hold.".formatted(capability));
            }
        }
    }

    static UserId userId(String text) {
        try {
            return new UserId(text);
        } catch (IllegalArgumentException e) {
            throw Reply.refuse(ProblemKind.INVALID_REQUEST, e.getMessage() + ".");
        }
    }

    @GetMapping("/v1/users")
    ResponseEntity<byte[]> list(ActorContext caller, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "users:read", "users");
        return Reply.list(
                service.directory().users().values().stream()
                        .filter(user -> user.key().tenant().equals(actor.tenant()))
                        .sorted(Comparator.comparing(user -> user.key().id().value()))
                        .map(UserRoutes::document)
                        .toList());
    }

    @GetMapping({"/v1/users/{id}", "/v1/users/{id}/capabilities"})
    ResponseEntity<byte[]> find(
            ActorContext caller, @PathVariable String id, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "users:read", "user/" + id);
        return Optional.ofNullable(
                        service.directory().users().get(new UserKey(actor.tenant(), userId(id))))
                .map(user -> Reply.ok(document(user)))
                .orElseThrow(() -> Reply.refuse(ProblemKind.NOT_FOUND, "There is no such user."));
    }

    private static JsonObject document(User user) {
        return JsonValue.object()
                .put("id", user.key().id().value())
                .put("tenant", user.key().tenant().value())
                .put(
                        "capabilities",
                        JsonValue.texts(user.capabilities().stream().sorted().toList()))
                .put("active", JsonValue.of(user.active()))
                .build();
    }
}
