package dev.soma.conversation.internal;

import dev.soma.conversation.Turns;
import dev.soma.conversation.internal.TurnWrite.Asked;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient;
import dev.soma.provider.Providers;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Optional;

/// The first half of a turn, all in memory: is there such a model, what does the policy say.
/// [TurnRun] does the rest.
class GovernedTurns implements Turns {
    private final Providers providers;
    private final Writing writing;

    /// What acts.
    record Writing(
            Vertx vertx,
            TurnCommitter committer,
            Judges judges,
            ProviderClient client,
            Identifiers identifiers,
            InstantSource clock,
            ConversationSettings settings) {
        PolicyEngine policy() {
            return judges.policy();
        }

        RunningTurns running() {
            return judges.running();
        }
    }

    /// What decides: the rules, and the kill switch.
    record Judges(PolicyEngine policy, RunningTurns running) {}

    GovernedTurns(Providers providers, Writing writing) {
        this.providers = providers;
        this.writing = writing;
    }

    @Override
    public Turn begin(ActorContext actor, TurnRequest request, TurnListener listener) {
        Context loop = writing.vertx().getOrCreateContext();
        Optional<ModelTarget> target = providers.resolve(actor, request.model());
        if (target.isEmpty()) {
            return refuse(
                    listener,
                    ProblemKind.MODEL_UNKNOWN,
                    "GET /v1/models lists the models there are.");
        }
        return judge(actor, request, listener, target.get(), loop);
    }

    private Turn judge(
            ActorContext actor,
            TurnRequest request,
            TurnListener listener,
            ModelTarget target,
            Context loop) {
        PolicyRequest question =
                PolicyRequest.chat(
                        "model/" + target.address(),
                        request.session().orElse(""),
                        new Prompt(request.messages()));
        return switch (writing.policy().judge(actor, question)) {
            case PolicyEngine.Impossible(Problem problem) -> refuse(listener, problem);
            case Judged judged -> {
                TurnRun run =
                        new TurnRun(
                                writing,
                                new TurnRun.Work(actor, request, Asked.ALONE, target),
                                listener,
                                loop);
                start(run, actor, request, judged, loop);
                yield run;
            }
        };
    }

    /// What memory does not know is asked first: sequence rules, and the approval that the caller
    /// names, which is used up in the admitting transaction.
    private void start(
            TurnRun run, ActorContext actor, TurnRequest request, Judged judged, Context loop) {
        long seconds = writing.policy().wallClockSeconds();
        if (!judged.isOpen(request.approval())) {
            run.start(judged, seconds);
            return;
        }
        var _ =
                writing.policy()
                        .settle(actor, judged, request.approval())
                        .whenComplete(
                                (settled, failure) ->
                                        loop.runOnContext(
                                                now -> {
                                                    if (settled == null || failure != null) {
                                                        run.undecided();
                                                    } else {
                                                        run.start(settled, seconds);
                                                    }
                                                }));
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
