package dev.soma.policy.internal;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.Constitutions;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.json.JsonValue;
import dev.soma.policy.DecisionClaims;
import dev.soma.policy.Verdict;
import dev.soma.policy.internal.DecisionRepository.Answered;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/// [DecisionClaims] of the decision log.
class RecordedClaims implements DecisionClaims {
    private static final int MAX_CLAIM = 64;

    private final DecisionRepository decisions;
    private final Constitutions constitutions;
    private final AuditLog audit;
    private final Commitments commitments;
    private final Identifiers identifiers;
    private final Executor asking = Executors.newVirtualThreadPerTaskExecutor();

    RecordedClaims(
            DecisionRepository decisions,
            Constitutions constitutions,
            AuditLog audit,
            Commitments commitments,
            Identifiers identifiers) {
        this.decisions = decisions;
        this.constitutions = constitutions;
        this.audit = audit;
        this.commitments = commitments;
        this.identifiers = identifiers;
    }

    @Override
    public CompletableFuture<Optional<Known>> known(ActorContext actor, UUID decision) {
        return CompletableFuture.supplyAsync(
                () -> decisions.find(actor, decision).map(found -> known(found.answered())),
                asking);
    }

    private Known known(Answered answered) {
        boolean inForce =
                constitutions.state() instanceof Constitutions.State.InForce(var constitution)
                        && constitution.hash().equals(answered.constitutionHash());
        return new Known(
                answered.word(),
                Verdict.score(answered.scoreMicro()),
                answered.constitutionHash(),
                inForce);
    }

    @Override
    public void recordForged(ActorContext actor, String claimed) {
        String shown = claimed.substring(0, Math.min(MAX_CLAIM, claimed.length()));
        var _ =
                audit.append(
                        "act",
                        JsonValue.object()
                                .put("decision_id", identifiers.next().toString())
                                .put("tenant", actor.tenant().value())
                                .put("request_id", actor.requestId())
                                .put("actor", commitments.of(actor.actor()))
                                .put("action", "policy-headers")
                                .put("resource", "decision/" + shown)
                                .put("verdict", "deny")
                                .build());
    }
}
