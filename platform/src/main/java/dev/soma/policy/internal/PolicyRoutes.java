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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/policies/{tenant}`.
@RestController
@RunsIn(Role.API)
class PolicyRoutes {
    private final RulePacks packs;
    private final Tenants tenants;
    private final Loosening loosening;
    private final Authorizations authorizations;

    PolicyRoutes(
            RulePacks packs, Tenants tenants, Loosening loosening, Authorizations authorizations) {
        this.loosening = loosening;
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
            String digest = packs.compile(pack).digest();
            packs.latest(actor)
                    .ifPresent(
                            inForce ->
                                    loosening.require(
                                            actor, inForce.pack(), pack, Optional.empty()));
            return Reply.ok(document(packs.save(permit, pack, digest)));
        } catch (MalformedJson e) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST, "The pack is refused: " + e.getMessage() + ".");
        }
    }

    /// Adds one rule to the pack in force.
    @PostMapping("/v1/policies/{tenant}/rules")
    ResponseEntity<byte[]> add(
            ActorContext caller, @PathVariable String tenant, @RequestBody byte[] body) {
        ActorContext actor = Reply.inTenant(caller, Optional.of(tenant));
        Permit permit =
                Reply.permit(
                        authorizations, actor, "policies:write", "policy/" + tenant + "/rules");
        Stored inForce =
                packs.latest(actor)
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.NOT_FOUND, "There is no such tenant."));
        try {
            JsonObject rule = StrictJson.parseObject(body);
            List<JsonValue> rules = new ArrayList<>(inForce.pack().items("rules"));
            if (rules.stream().anyMatch(known -> named(known).equals(rule.text("name")))) {
                throw Reply.refuse(ProblemKind.CONFLICT, "There is a rule of that name already.");
            }
            rules.add(rule);
            JsonObject pack =
                    JsonValue.object()
                            .put("permits", JsonValue.array(inForce.pack().items("permits")))
                            .put("rules", JsonValue.array(rules))
                            .build();
            return Reply.created(document(packs.save(permit, pack, packs.compile(pack).digest())));
        } catch (MalformedJson e) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST, "The rule is refused: " + e.getMessage() + ".");
        }
    }

    private static Optional<String> named(JsonValue rule) {
        return rule instanceof JsonObject object ? object.text("name") : Optional.empty();
    }

    static JsonObject document(Stored stored) {
        return JsonValue.object()
                .put("version", stored.version())
                .put("digest", stored.digest())
                .put("pack", stored.pack())
                .build();
    }
}
