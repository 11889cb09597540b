package dev.soma.gateway.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.policy.DecisionClaims;
import dev.soma.policy.DecisionClaims.Known;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// What services say of decisions that they act under, in policy headers. They are checked against
/// what was recorded, and one that does not match refuses the request; one that matches allows
/// nothing, since every request is judged anyway. Nobody else's headers are looked at.
class PolicyClaims {
    private static final String WORKLOAD = "workload";
    private static final List<String> HEADERS =
            List.of("x-policy-decision", "x-policy-score", "x-constitution-hash", "x-decision-id");

    private final DecisionClaims decisions;

    PolicyClaims(DecisionClaims decisions) {
        this.decisions = decisions;
    }

    /// Goes on when there is nothing to check, or it holds.
    void check(Exchange exchange, ActorContext actor, Runnable goOn) {
        MultiMap headers = exchange.request().headers();
        if (!actor.actor().holds(WORKLOAD) || HEADERS.stream().noneMatch(headers::contains)) {
            goOn.run();
            return;
        }
        exchange.request().pause();
        Context loop = exchange.loop();
        String claimed = String.valueOf(headers.get("x-decision-id"));
        var _ =
                known(actor, claimed)
                        .whenComplete(
                                (known, failure) ->
                                        loop.runOnContext(
                                                nothing -> {
                                                    exchange.request().resume();
                                                    if (failure != null || known == null) {
                                                        exchange.refuse(unread());
                                                    } else if (known.isPresent()
                                                            && matches(headers, known.get())) {
                                                        goOn.run();
                                                    } else {
                                                        decisions.recordForged(actor, claimed);
                                                        exchange.refuse(mismatch());
                                                    }
                                                }));
    }

    private CompletableFuture<Optional<Known>> known(ActorContext actor, String claimed) {
        try {
            return decisions.known(actor, UUID.fromString(claimed));
        } catch (IllegalArgumentException e) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
    }

    /// Each header that is there has to say what was recorded, under the constitution in force.
    private boolean matches(MultiMap headers, Known known) {
        Map<String, String> recorded =
                Map.of(
                        "x-policy-decision", known.word(),
                        "x-policy-score", known.score(),
                        "x-constitution-hash", known.constitutionHash());
        return known.inForce()
                && recorded.entrySet().stream()
                        .allMatch(
                                entry ->
                                        headers.getAll(entry.getKey()).stream()
                                                .allMatch(entry.getValue()::equals));
    }

    private static Problem mismatch() {
        return Problem.of(
                ProblemKind.CLAIM_MISMATCH,
                "The policy headers do not say what was decided; leave them out or send the recorded ones.");
    }

    private static Problem unread() {
        return Problem.of(
                ProblemKind.ENGINE_UNAVAILABLE,
                "The decision that the headers name cannot be read.");
    }
}
