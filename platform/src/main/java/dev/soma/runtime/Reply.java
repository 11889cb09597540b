package dev.soma.runtime;

import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Authorizations.Authorization.Denied;
import dev.soma.kernel.Authorizations.Authorization.Granted;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import java.util.List;
import java.util.Optional;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/// Answers of the control plane.
public final class Reply {
    private Reply() {}

    public static ResponseEntity<byte[]> ok(JsonValue body) {
        return json(200, body);
    }

    public static ResponseEntity<byte[]> created(JsonValue body) {
        return json(201, body);
    }

    public static ResponseEntity<byte[]> json(int status, JsonValue body) {
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(CanonicalJson.JCS.bytes(body));
    }

    /// A page of a list; lists here are short enough to be one page.
    public static ResponseEntity<byte[]> list(List<? extends JsonValue> items) {
        return ok(JsonValue.object().put("items", JsonValue.array(items)).build());
    }

    public static ProblemException refuse(ProblemKind kind, String detail) {
        return new ProblemException(Problem.of(kind, detail));
    }

    /// Asks for a permit and ends the request when it is denied.
    public static Permit permit(
            Authorizations authorizations, ActorContext actor, String capability, String resource) {
        return switch (authorizations.authorize(actor, capability, resource)) {
            case Granted(Permit permit) -> permit;
            case Denied(String reason) -> throw refuse(ProblemKind.CAPABILITY_MISSING, reason);
        };
    }

    /// The context in which to work on the tenant that a request names. Only operators of the
    /// platform may name
    /// another than their own; for anybody else that tenant does not exist.
    public static ActorContext inTenant(ActorContext actor, Optional<String> named) {
        if (named.isEmpty() || named.get().equals(actor.tenant().value())) {
            return actor;
        }
        if (!actor.actor().tenant().equals(Actor.SYSTEM.tenant())) {
            throw refuse(ProblemKind.NOT_FOUND, "There is no such tenant.");
        }
        return actor.inTenant(tenantId(named.get()));
    }

    private static TenantId tenantId(String text) {
        try {
            return new TenantId(text);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.at("/tenant", e.getMessage() + "."));
        }
    }
}
