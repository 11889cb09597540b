package dev.soma.conversation;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.Ledger.Usage;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.Prompt.Message;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// Runs turns. Called on an event loop, never blocks it; everything is told to the listener on that
/// loop.
public interface Turns {
    /// Starts a turn. The listener hears either `refused`, or `accepted`, pieces of text and one
    /// `ended`.
    Turn begin(ActorContext actor, TurnRequest request, TurnListener listener);

    /// @param session the session to go on with; empty for a turn that stands alone
    /// @param model `provider/model`, or a bare name
    /// @param messages what the model gets, in order; at least one
    /// @param parameters passed to the provider as they are: `temperature`, `top_p`, `stop`,
    /// `seed`, ...
    /// @param stream whether the caller wants the pieces as they come
    /// @param approval by which a person allowed this very request
    record TurnRequest(
            Optional<String> session,
            String model,
            List<Message> messages,
            OptionalLong maxTokens,
            JsonObject parameters,
            boolean stream,
            Optional<UUID> approval) {
        public TurnRequest {
            messages = List.copyOf(messages);
        }

        /// The same with other messages and another bound.
        public TurnRequest with(List<Message> others, OptionalLong bound) {
            return new TurnRequest(session, model, others, bound, parameters, stream, approval);
        }

        /// The same under a person's approval.
        public TurnRequest approvedBy(Optional<UUID> id) {
            return new TurnRequest(session, model, messages, maxTokens, parameters, stream, id);
        }
    }

    /// A turn under way.
    interface Turn {
        /// The caller is gone; what it did is settled without it.
        void disconnect();

        /// The caller reads too slowly; the provider is held back until [#resume].
        void pause();

        void resume();
    }

    /// Hears of a turn, on its event loop.
    interface TurnListener {
        /// The decision, the hold and the turn are durable; nothing was said to the caller before.
        void accepted(Accepted turn);

        /// Nothing was done.
        void refused(Refused refusal);

        void text(String piece);

        /// The settlement and the turn's last event are durable.
        void ended(Ended end);
    }

    /// @param createdSeconds when, in seconds since 1970
    record Accepted(
            UUID turn,
            String session,
            RecordedDecision decision,
            String model,
            long createdSeconds) {}

    /// @param decision the recorded decision, when it came to one
    record Refused(Problem problem, Optional<RecordedDecision> decision) {}

    /// How an accepted turn ended.
    sealed interface Ended {
        /// @param textSha256 of the whole text in UTF-8, hex
        record Completed(String finishReason, Usage usage, String textSha256) implements Ended {}

        record Failed(Problem problem) implements Ended {}
    }
}
