package dev.soma.metering.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.metering.internal.Budgets.Budget;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import dev.soma.tenancy.Tenants;
import java.util.Optional;
import java.util.OptionalLong;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/budgets`.
@RestController
@RunsIn(Role.API)
class BudgetRoutes {
    private final Budgets budgets;
    private final Tenants tenants;
    private final Authorizations authorizations;

    BudgetRoutes(Budgets budgets, Tenants tenants, Authorizations authorizations) {
        this.budgets = budgets;
        this.tenants = tenants;
        this.authorizations = authorizations;
    }

    @PutMapping("/v1/budgets")
    ResponseEntity<byte[]> save(ActorContext caller, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        ActorContext actor = Reply.inTenant(caller, body.optionalText("tenant"));
        BodyReader scope =
                body.optionalObject("scope").orElseThrow(() -> body.refused("scope", "is needed"));
        String kind = scope.text("kind");
        String id = scope.text("id");
        scope.finish();
        BodyReader limit =
                body.optionalObject("limit").orElseThrow(() -> body.refused("limit", "is needed"));
        OptionalLong tokens = limit.optionalLong("tokens", 0, Budgets.MAX_LIMIT);
        OptionalLong amount = limit.optionalLong("amount_micro", 0, Budgets.MAX_LIMIT);
        Optional<String> currency = limit.optionalText("currency");
        limit.finish();
        String period = body.optionalText("period").orElse("month");
        body.finish();
        if (tokens.isPresent() == amount.isPresent()) {
            throw limit.refused("tokens", "or 'amount_micro' is needed, one of them");
        }
        if (currency.filter(name -> !name.equals("USD")).isPresent()) {
            throw limit.refused("currency", "must be USD");
        }
        Budget budget =
                new Budget(
                        level(scope, kind),
                        kind.equals("tenant") ? actor.tenant().value() : id,
                        tokens.isPresent() ? "tokens" : "micro_usd",
                        period,
                        tokens.orElseGet(() -> amount.orElse(0)));
        if (!Budgets.PERIODS.contains(period)) {
            throw body.refused("period", "must be one of " + Budgets.PERIODS);
        }
        if (kind.equals("tenant") && !id.equals(actor.tenant().value())) {
            throw scope.refused("id", "must be the tenant itself");
        }
        Permit permit =
                Reply.permit(authorizations, actor, "budgets:write", "budget/" + kind + "/" + id);
        if (!tenants.exists(actor.tenant())) {
            throw Reply.refuse(ProblemKind.NOT_FOUND, "There is no such tenant.");
        }
        budgets.save(permit, budget);
        return Reply.list(budgets.list(actor));
    }

    private static int level(BodyReader scope, String kind) {
        return switch (kind) {
            case "tenant" -> Levels.TENANT;
            case "user" -> Levels.USER;
            case "key" -> Levels.KEY;
            default -> throw scope.refused("kind", "must be tenant, user or key");
        };
    }

    @GetMapping("/v1/budgets")
    ResponseEntity<byte[]> list(ActorContext caller, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "budgets:read", "budgets");
        return Reply.list(budgets.list(actor));
    }
}
