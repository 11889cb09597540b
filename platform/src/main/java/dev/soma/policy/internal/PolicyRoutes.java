package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.internal.RulePacks.Stored;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import dev.soma.tenancy.Tenants;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/policies/{tenant}`.
@RestController
@RunsIn(Role.API)
class PolicyRoutes {
    private final RulePacks packs;
    private final Tenants tenants;
    private final Authorizations authorizations;

    PolicyRoutes(RulePacks packs, Tenants tenants, Authorizations authorizations) {
        this.packs = packs;
        this.tenants = tenants;
        this.authorizations = authorizations;
    }

    @GetMapping("/v1/policies/{tenant}")
    ResponseEntity<byte[]> find(ActorContext caller, @PathVariable String tenant) {
        ActorContext actor = Reply.inTenant(caller, Optional.of(tenant));
        Reply.permit(authorizations, actor, "policies:read", "policy/" + tenant);
        return packs.latest(actor)
                .map(stored -> Reply.ok(document(stored)))
                .orElseThrow(() -> Reply.refuse(ProblemKind.NOT_FOUND, "There is no such tenant."));
    }

    @PutMapping("/v1/policies/{tenant}")
    ResponseEntity<byte[]> save(
            ActorContext caller, @PathVariable String tenant, @RequestBody byte[] body) {
        ActorContext actor = Reply.inTenant(caller, Optional.of(tenant));
        Permit permit = Reply.permit(authorizations, actor, "policies:write", "policy/" + tenant);
        if (!tenants.exists(actor.tenant())) {
            throw Reply.refuse(ProblemKind.NOT_FOUND, "There is no such tenant.");
        }
        try {
            JsonObject pack = StrictJson.parseObject(body);
            return Reply.ok(document(packs.save(permit, pack, packs.compile(pack).digest())));
        } catch (MalformedJson e) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST, "The pack is refused: " + e.getMessage() + ".");
        }
    }

    private static JsonObject document(Stored stored) {
        return JsonValue.object()
                .put("version", stored.version())
                .put("digest", stored.digest())
                .put("pack", stored.pack())
                .build();
    }
}
