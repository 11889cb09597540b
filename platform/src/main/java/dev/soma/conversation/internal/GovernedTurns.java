package dev.soma.conversation.internal;

import dev.soma.constitution.Constitution;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.Constitutions.State;
import dev.soma.conversation.Turns;
import dev.soma.events.Changes;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.Violation;
import dev.soma.moderation.InputModerator;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Judgement;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Verdict;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient;
import dev.soma.provider.Providers;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The first half of a turn, all in memory: is this node current, is there such a model, what do
/// moderation and the
/// policy say. [TurnRun] does the rest.
class GovernedTurns implements Turns {
    private final Rules rules;
    private final Providers providers;
    private final Writing writing;

    /// What judges.
    record Rules(
            Changes changes,
            Constitutions constitutions,
            InputModerator moderator,
            PolicyEngine policy) {}

    /// What acts.
    record Writing(
            Vertx vertx,
            TurnCommitter committer,
            PolicyEngine policy,
            ProviderClient client,
            Identifiers identifiers,
            InstantSource clock,
            ConversationSettings settings) {}

    GovernedTurns(Rules rules, Providers providers, Writing writing) {
        this.rules = rules;
        this.providers = providers;
        this.writing = writing;
    }

    @Override
    public Turn begin(ActorContext actor, TurnRequest request, TurnListener listener) {
        Context loop = writing.vertx().getOrCreateContext();
        if (!rules.changes().current()) {
            return refuse(
                    listener,
                    ProblemKind.GOVERNANCE_STALE,
                    "The database has not confirmed this node's state; try again.");
        }
        Optional<ModelTarget> target = providers.resolve(actor, request.model());
        if (target.isEmpty()) {
            return refuse(
                    listener,
                    ProblemKind.MODEL_UNKNOWN,
                    "GET /v1/models lists the models there are.");
        }
        return switch (rules.constitutions().state()) {
            case State.InForce(Constitution constitution) ->
                    judge(actor, request, listener, constitution, target.get(), loop);
            case State.Stale(Constitution constitution) ->
                    refuse(
                            listener,
                            ProblemKind.GOVERNANCE_STALE,
                            "The constitution's source has not confirmed it in time.");
            case State.Absent(String reason) ->
                    refuse(
                            listener,
                            ProblemKind.CONSTITUTION_MISSING,
                            "There is no valid constitution: " + reason + ".");
        };
    }

    private Turn judge(
            ActorContext actor,
            TurnRequest request,
            TurnListener listener,
            Constitution constitution,
            ModelTarget target,
            Context loop) {
        List<Violation> moderation = rules.moderator().check(constitution, request.messages());
        PolicyRequest question =
                new PolicyRequest(
                        "chat", "model/" + target.address(), request.messages(), moderation);
        return switch (rules.policy().judge(actor, question)) {
            case Judgement.Impossible(Problem problem) -> refuse(listener, problem);
            case Judgement.Judged(Verdict verdict) -> {
                TurnRun run = new TurnRun(writing, actor, request, target, listener, loop);
                run.start(question, verdict, rules.policy().wallClockSeconds());
                yield run;
            }
        };
    }

    private static Turn refuse(TurnListener listener, ProblemKind kind, String detail) {
        return refuse(listener, Problem.of(kind, detail));
    }

    private static Turn refuse(TurnListener listener, Problem problem) {
        listener.refused(new Refused(problem, Optional.empty()));
        return OVER;
    }

    private static final Turn OVER =
            new Turn() {
                @Override
                public void disconnect() {}

                @Override
                public void pause() {}

                @Override
                public void resume() {}
            };
}
