package dev.soma.conversation.internal;

import dev.soma.conversation.Turns;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.policy.PolicyEngine;
import dev.soma.provider.ProviderClient;
import dev.soma.provider.Providers;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/// [Turns] of this process.
class GovernedTurns implements Turns {
    private final Providers providers;
    private final Writing writing;

    /// What acts.
    record Writing(
            Vertx vertx,
            TurnCommitter committer,
            Doors doors,
            Models models,
            Identifiers identifiers,
            InstantSource clock,
            ConversationSettings settings) {
        ProviderClient client() {
            return models.client();
        }

        AnswerCache cache() {
            return models.cache();
        }

        PolicyEngine policy() {
            return doors.policy();
        }

        RunningTurns running() {
            return doors.running();
        }

        SessionEntry entry() {
            return doors.entry();
        }

        Reviews reviews() {
            return doors.reviews();
        }
    }

    /// Where answers come from.
    record Models(ProviderClient client, AnswerCache cache) {}

    /// What lets a turn pass: the rules, the kill switch, its session.
    record Doors(PolicyEngine policy, RunningTurns running, SessionEntry entry, Reviews reviews) {}

    GovernedTurns(Providers providers, Writing writing) {
        this.providers = providers;
        this.writing = writing;
    }

    @Override
    public Turn begin(ActorContext actor, TurnRequest request, TurnListener listener) {
        TurnStart start =
                new TurnStart(
                        writing, providers, actor, listener, writing.vertx().getOrCreateContext());
        start.begin(request);
        return start;
    }
}
