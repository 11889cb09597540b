package dev.soma.conversation.internal;

import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.internal.TurnRepository.Unfinished;
import dev.soma.conversation.internal.TurnWrite.Admit;
import dev.soma.conversation.internal.TurnWrite.End;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.events.EventDraft;
import dev.soma.events.Topic;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.Verdict;
import dev.soma.provider.CallEvents;
import dev.soma.provider.CallEvents.Caller;
import java.util.ArrayList;
import java.util.List;

/// What is told of turns on `conversation.events`, and of their calls of providers on `slm.*`: ids,
/// counts and digests, never text.
class ConversationEvents {
    private final Identifiers identifiers;
    private final CallEvents calls;

    ConversationEvents(Identifiers identifiers) {
        this.identifiers = identifiers;
        this.calls = new CallEvents(identifiers);
    }

    EventDraft started(
            ActorContext actor, RecordedDecision decision, String session, String model) {
        return new EventDraft(
                identifiers.next(),
                Topic.CONVERSATION_EVENTS,
                actor.tenant(),
                session,
                "soma.conversation.started",
                JsonValue.object()
                        .put("decision_id", decision.id().toString())
                        .put("model", model)
                        .build(),
                EventDraft.Origin.of(
                        actor.trace().header(), decision.verdict().constitutionHash()));
    }

    EventDraft accepted(Admit admit) {
        Verdict verdict = admit.key().verdict();
        return draft(
                admit.key(),
                "turn.accepted",
                base(
                                admit.key().turn().toString(),
                                admit.key().decision().toString(),
                                admit.key().model())
                        .put("score_micro", verdict.scoreMicro())
                        .put("held_tokens", admit.hold().tokens())
                        .put("held_micro_usd", admit.hold().microUsd()));
    }

    EventDraft refused(TurnKey key, String reason) {
        return draft(
                key,
                "turn.refused",
                base(key.turn().toString(), key.decision().toString(), key.model())
                        .put("reason", reason));
    }

    /// The end of a turn, and the calls that were made for it.
    List<EventDraft> ended(End end) {
        TurnKey key = end.key();
        Caller caller = new Caller(key.actor().tenant(), key.session(), key.turn(), origin(key));
        List<EventDraft> told = new ArrayList<>();
        end.calls().forEach(call -> told.addAll(calls.of(caller, call)));
        told.add(turn(end));
        return told;
    }

    private EventDraft turn(End end) {
        TurnKey key = end.key();
        ObjectBuilder data = base(key.turn().toString(), key.decision().toString(), key.model());
        end.usage()
                .ifPresent(
                        usage ->
                                data.put("input_tokens", usage.inputTokens())
                                        .put("output_tokens", usage.outputTokens())
                                        .put("cost_micro_usd", usage.microUsd()));
        data.put("text_sha256", end.end().textSha256());
        return switch (end.end().state()) {
            case COMPLETED ->
                    draft(
                            key,
                            "turn.completed",
                            data.put("finish_reason", end.end().finishReason()));
            case STOPPED -> draft(key, "turn.stopped", data.put("reason", end.end().failure()));
            case CUT, FAILED -> draft(key, "turn.failed", data.put("reason", end.end().failure()));
        };
    }

    EventDraft ownerLost(Unfinished turn) {
        Began began = turn.began();
        return new EventDraft(
                identifiers.next(),
                Topic.CONVERSATION_EVENTS,
                new TenantId(turn.tenant()),
                began.session(),
                "soma.conversation.turn.failed",
                base(began.turn().toString(), began.decision().toString(), began.model())
                        .put("reason", "owner_lost")
                        .build(),
                EventDraft.Origin.of(turn.trace(), began.constitutionHash()));
    }

    private static ObjectBuilder base(String turn, String decision, String model) {
        return JsonValue.object()
                .put("turn_id", turn)
                .put("decision_id", decision)
                .put("model", model);
    }

    /// Where every event of a turn is told in order.
    static String partitionKey(TurnKey key) {
        return EventDraft.partitionKey(key.actor().tenant(), key.session());
    }

    private EventDraft draft(TurnKey key, String type, ObjectBuilder data) {
        return new EventDraft(
                identifiers.next(),
                Topic.CONVERSATION_EVENTS,
                key.actor().tenant(),
                key.session(),
                "soma.conversation." + type,
                data.build(),
                origin(key));
    }

    private static EventDraft.Origin origin(TurnKey key) {
        return EventDraft.Origin.of(key.actor().trace().header(), key.verdict().constitutionHash());
    }
}
