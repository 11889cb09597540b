package dev.soma.tenancy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import dev.soma.tenancy.Tenant;
import dev.soma.tenancy.Tenants;
import dev.soma.tenancy.Tenants.CreateOutcome.AlreadyThere;
import dev.soma.tenancy.Tenants.CreateOutcome.Created;
import dev.soma.tenancy.Tenants.CreateOutcome.Reserved;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/tenants`, for operators of the platform.
@RestController
@RunsIn(Role.API)
class TenantRoutes {
    private final Tenants tenants;
    private final Authorizations authorizations;

    TenantRoutes(Tenants tenants, Authorizations authorizations) {
        this.tenants = tenants;
        this.authorizations = authorizations;
    }

    @PostMapping("/v1/tenants")
    ResponseEntity<byte[]> create(ActorContext caller, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        String id = body.text("id");
        String organisation = body.optionalText("organisation").orElse(id);
        body.finish();
        if (!Identifiers.isSlug(id)) {
            throw body.refused("id", "must be 1 to 63 of a-z, 0-9, '.', '_' and '-'");
        }
        ActorContext actor = Reply.inTenant(caller, Optional.of(id));
        Permit permit = Reply.permit(authorizations, actor, "tenants:write", "tenant/" + id);
        return switch (tenants.create(actor, permit, new Tenant(new TenantId(id), organisation))) {
            case Created(Tenant tenant) -> Reply.created(document(tenant));
            case AlreadyThere(Tenant tenant) ->
                    throw Reply.refuse(ProblemKind.CONFLICT, "The tenant exists already.");
            case Reserved(String reason) -> throw body.refused("id", "is reserved: " + reason);
        };
    }

    @GetMapping("/v1/tenants")
    ResponseEntity<byte[]> list(ActorContext actor) {
        Reply.permit(authorizations, actor, "tenants:read", "tenants");
        return Reply.list(
                tenants.list(actor).stream()
                        .filter(
                                tenant ->
                                        actor.actor().holds("*")
                                                || tenant.id().equals(actor.tenant()))
                        .map(TenantRoutes::document)
                        .toList());
    }

    private static JsonObject document(Tenant tenant) {
        return JsonValue.object()
                .put("id", tenant.id().value())
                .put("organisation", tenant.organisation())
                .build();
    }
}
