package dev.soma.policy.internal.killswitch;

import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.KillScope;
import dev.soma.policy.internal.killswitch.KillSwitchLifecycle.Step;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import dev.soma.tenancy.Tenants;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/killswitch`.
@RestController
@RunsIn(Role.API)
class KillSwitchRoutes {
    private static final String CAPABILITY = "governance:kill";
    private static final int MAX_TARGET = 256;
    private static final int MAX_REASON = 512;

    private final KillSwitchService switches;
    private final Tenants tenants;
    private final Authorizations authorizations;

    KillSwitchRoutes(KillSwitchService switches, Tenants tenants, Authorizations authorizations) {
        this.tenants = tenants;
        this.switches = switches;
        this.authorizations = authorizations;
    }

    /// What is stopped for the caller's tenant; operators of the platform see everything.
    @GetMapping("/v1/killswitch")
    ResponseEntity<byte[]> list(ActorContext actor) {
        Reply.permit(authorizations, actor, CAPABILITY, "killswitch");
        List<JsonObject> items = new ArrayList<>();
        KillSnapshot snapshot = switches.snapshot();
        if (snapshot.forced()) {
            items.add(
                    JsonValue.object()
                            .put("scope", KillScope.PLATFORM.wireName())
                            .put("target", "")
                            .put("tenant", KillSwitch.EVERYBODY)
                            .put("state", "forced")
                            .put("reason", KillSnapshot.FORCED.reason())
                            .build());
        }
        snapshot.inForce().values().stream()
                .filter(
                        one ->
                                isOperator(actor)
                                        || one.key().tenant().equals(KillSwitch.EVERYBODY)
                                        || one.key().tenant().equals(actor.tenant().value()))
                .map(one -> document(one, actor))
                .forEach(items::add);
        return Reply.list(items);
    }

    /// `{scope, target?, tenant?, action: kill|lift, reason}`.
    @PostMapping("/v1/killswitch")
    ResponseEntity<byte[]> change(ActorContext caller, @RequestBody byte[] bytes) {
        Reply.permit(authorizations, caller, CAPABILITY, "killswitch");
        BodyReader body = BodyReader.of(bytes);
        KillScope scope =
                KillScope.named(body.text("scope"))
                        .orElseThrow(() -> body.refused("scope", "is not a scope"));
        Optional<String> target = body.optionalText("target");
        Optional<String> tenant = body.optionalText("tenant");
        KillOrder.Action action =
                switch (body.text("action")) {
                    case "kill" -> KillOrder.Action.KILL;
                    case "lift" -> KillOrder.Action.LIFT;
                    default -> throw body.refused("action", "must be kill or lift");
                };
        String reason = body.text("reason");
        if (reason.isBlank() || reason.length() > MAX_REASON) {
            throw body.refused("reason", "must have 1 to %d characters".formatted(MAX_REASON));
        }
        body.finish();
        KillSwitch.Key key = key(caller, body, scope, target, tenant);
        Permit permit =
                Reply.permit(
                        authorizations,
                        caller,
                        CAPABILITY,
                        "killswitch/%s/%s/%s/%s"
                                .formatted(
                                        action.wireName(),
                                        scope.wireName(),
                                        key.tenant(),
                                        key.target()));
        KillOrder order =
                new KillOrder(
                        key, action, reason, KillOrder.actor(caller.actor()), permit.decisionId());
        return answer(switches.change(permit, order), caller);
    }

    /// Whom and what the order is about; only operators of the platform reach beyond their tenant.
    private KillSwitch.Key key(
            ActorContext caller,
            BodyReader body,
            KillScope scope,
            Optional<String> target,
            Optional<String> tenant) {
        if (target.filter(name -> name.isEmpty() || name.length() > MAX_TARGET).isPresent()) {
            throw body.refused("target", "must have 1 to %d characters".formatted(MAX_TARGET));
        }
        if (scope == KillScope.PLATFORM) {
            operatorsOnly(caller);
            if (target.isPresent() || tenant.isPresent()) {
                throw body.refused("target", "is not for the platform");
            }
            return KillSwitch.Key.PLATFORM;
        }
        if (scope == KillScope.TENANT) {
            String named = target.or(() -> tenant).orElse(caller.tenant().value());
            if (tenant.filter(other -> !other.equals(named)).isPresent()) {
                throw body.refused("tenant", "differs from 'target'");
            }
            return new KillSwitch.Key(scope, named, reachable(caller, body, named));
        }
        String what = target.orElseThrow(() -> body.refused("target", "is needed"));
        String whose = tenant.orElse(caller.tenant().value());
        return new KillSwitch.Key(scope, what, reachable(caller, body, whose));
    }

    private String reachable(ActorContext caller, BodyReader body, String tenant) {
        if (tenant.equals(caller.tenant().value())) {
            return tenant;
        }
        operatorsOnly(caller);
        if (tenant.equals(KillSwitch.EVERYBODY)) {
            return tenant;
        }
        if (!exists(tenant)) {
            throw body.refused("tenant", "is not a tenant");
        }
        return tenant;
    }

    private boolean exists(String tenant) {
        try {
            return tenants.exists(new TenantId(tenant));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void operatorsOnly(ActorContext caller) {
        if (!isOperator(caller)) {
            throw Reply.refuse(
                    ProblemKind.CAPABILITY_MISSING,
                    "Only operators of the platform stop or lift beyond their own tenant.");
        }
    }

    private static boolean isOperator(ActorContext caller) {
        return caller.actor().tenant().equals(Actor.SYSTEM.tenant());
    }

    private static ResponseEntity<byte[]> answer(Step step, ActorContext caller) {
        return switch (step) {
            case Step.Changed(KillSwitch next) -> answer(next, caller);
            case Step.Unchanged(KillSwitch present) -> answer(present, caller);
            case Step.Absent() ->
                    throw Reply.refuse(ProblemKind.NOT_FOUND, "Nothing like that is stopped.");
            case Step.OperatorsOnly() ->
                    throw Reply.refuse(
                            ProblemKind.CAPABILITY_MISSING,
                            "An operator of the platform stopped this, and only one lifts it.");
            case Step.TooMany() ->
                    throw Reply.refuse(
                            ProblemKind.CONFLICT, "The tenant has too many stops in force.");
        };
    }

    private static ResponseEntity<byte[]> answer(KillSwitch known, ActorContext caller) {
        boolean waits = known.state() == KillSwitch.State.LIFT_REQUESTED;
        return Reply.json(waits ? 202 : 200, document(known, caller));
    }

    /// Who did it is told to those who may know: operators, and the tenant's own.
    private static JsonObject document(KillSwitch known, ActorContext caller) {
        var document =
                JsonValue.object()
                        .put("scope", known.key().scope().wireName())
                        .put("target", known.key().target())
                        .put("tenant", known.key().tenant())
                        .put("state", known.state().name().toLowerCase(java.util.Locale.ROOT))
                        .put("reason", known.reason())
                        .put("at", known.at().toString());
        if (isOperator(caller)) {
            document.put("actor", known.actor());
            known.lift().ifPresent(lift -> document.put("lift_requested_by", lift.actor()));
        }
        return document.build();
    }
}
