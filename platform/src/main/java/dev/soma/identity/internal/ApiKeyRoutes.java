package dev.soma.identity.internal;

import dev.soma.identity.internal.Directory.ApiKey;
import dev.soma.identity.internal.Directory.UserKey;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.UserId;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/api-keys`. A key is shown once, when it is made.
@RestController
@RunsIn(Role.API)
class ApiKeyRoutes {
    private final IdentityService service;
    private final Authorizations authorizations;
    private final SecureRandom random;

    ApiKeyRoutes(IdentityService service, Authorizations authorizations, SecureRandom random) {
        this.service = service;
        this.authorizations = authorizations;
        this.random = random;
    }

    @PostMapping("/v1/api-keys")
    ResponseEntity<byte[]> create(ActorContext caller, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        ActorContext actor = Reply.inTenant(caller, body.optionalText("tenant"));
        String name = body.text("name");
        Set<String> capabilities = new HashSet<>(body.texts("capabilities"));
        UserId owner =
                body.optionalText("owner").map(UserRoutes::userId).orElse(actor.actor().user());
        Instant expires =
                body.optionalText("expires_at")
                        .map(text -> instant(body, text))
                        .orElse(IdentityRepository.forever());
        body.finish();
        if (name.isBlank() || name.length() > 128) {
            throw body.refused("name", "must have 1 to 128 characters");
        }
        Permit permit = Reply.permit(authorizations, actor, "keys:write", "user/" + owner + "/key");
        UserKey ownerKey = new UserKey(actor.tenant(), owner);
        if (service.directory().activeUser(ownerKey).isEmpty()) {
            throw Reply.refuse(ProblemKind.NOT_FOUND, "There is no such user to own the key.");
        }
        UserRoutes.requireHeld(actor, capabilities);
        ApiKeys.Fresh fresh = ApiKeys.create(random);
        service.saveApiKey(
                actor,
                permit,
                new ApiKey(
                        fresh.id(), ownerKey, name, fresh.secretSha256(), capabilities, expires));
        return Reply.created(
                describe(new ApiKey(fresh.id(), ownerKey, name, new byte[0], capabilities, expires))
                        .put("key", fresh.text().reveal())
                        .build());
    }

    private static Instant instant(BodyReader body, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw body.refused("expires_at", "must be an RFC 3339 time in UTC");
        }
    }

    @GetMapping("/v1/api-keys")
    ResponseEntity<byte[]> list(ActorContext caller, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "keys:read", "keys");
        return Reply.list(
                service.directory().apiKeys().values().stream()
                        .filter(key -> key.owner().tenant().equals(actor.tenant()))
                        .sorted(Comparator.comparing(ApiKey::id))
                        .map(key -> describe(key).build())
                        .toList());
    }

    @DeleteMapping("/v1/api-keys/{id}")
    ResponseEntity<byte[]> revoke(
            ActorContext caller, @PathVariable String id, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Permit permit = Reply.permit(authorizations, actor, "keys:write", "key/" + id);
        if (!service.revokeApiKey(actor, permit, id)) {
            throw Reply.refuse(ProblemKind.NOT_FOUND, "There is no such key.");
        }
        return Reply.ok(
                JsonValue.object().put("id", id).put("revoked", JsonValue.of(true)).build());
    }

    private static ObjectBuilder describe(ApiKey key) {
        ObjectBuilder document =
                JsonValue.object()
                        .put("id", key.id())
                        .put("tenant", key.owner().tenant().value())
                        .put("owner", key.owner().id().value())
                        .put("name", key.name())
                        .put(
                                "capabilities",
                                JsonValue.texts(key.capabilities().stream().sorted().toList()));
        if (key.expiresAt().isBefore(IdentityRepository.forever())) {
            document.put("expires_at", key.expiresAt().toString());
        }
        return document;
    }
}
