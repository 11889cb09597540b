package dev.soma.conversation;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.provider.ProviderClient.Operation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// Runs turns. Called on an event loop, never blocks it; everything is told to the listener on that
/// loop.
public interface Turns {
    /// Starts a turn.
    Turn begin(ActorContext actor, TurnRequest request, TurnListener listener);

    /// @param past where in a conversation it stands
    /// @param model `provider/model`, or a bare name
    /// @param messages what the caller says, in order; at least one. The history of a session goes
    /// before them
    /// @param task what is wanted of the model
    /// @param approval by which a person allowed this very request
    record TurnRequest(
            Past past,
            String model,
            List<ChatMessage> messages,
            OptionalLong maxTokens,
            Task task,
            Delivery delivery,
            Optional<UUID> approval) {
        public TurnRequest {
            messages = List.copyOf(messages);
        }

        public JsonObject parameters() {
            return task.parameters();
        }

        /// The session to go on with; empty for a turn that stands alone.
        public Optional<String> session() {
            return past.session();
        }

        /// The same with other messages and another bound.
        public TurnRequest with(List<ChatMessage> others, OptionalLong bound) {
            return new TurnRequest(past, model, others, bound, task, delivery, approval);
        }

        /// The same with other parameters.
        public TurnRequest withParameters(JsonObject others) {
            Task other = new Task(task.operation(), others);
            return new TurnRequest(past, model, messages, maxTokens, other, delivery, approval);
        }

        /// The same, told in another way.
        public TurnRequest told(Delivery other) {
            return new TurnRequest(past, model, messages, maxTokens, task, other, approval);
        }

        /// The same under a person's approval.
        public TurnRequest approvedBy(Optional<UUID> id) {
            return new TurnRequest(past, model, messages, maxTokens, task, delivery, id);
        }
    }

    /// @param parameters passed to the provider as they are: `temperature`, `top_p`, `stop`,
    /// `seed`, ...
    record Task(Operation operation, JsonObject parameters) {
        public static Task chat(JsonObject parameters) {
            return new Task(Operation.CHAT, parameters);
        }
    }

    /// What goes before what the caller says.
    ///
    /// @param session whose history it is; empty without one
    /// @param after the turn that it follows, outside of sessions
    /// @param system goes before everything, and is not part of the history; empty for the
    /// session's
    record Past(Optional<String> session, Optional<UUID> after, Optional<String> system) {
        /// A turn that stands alone.
        public static final Past ALONE =
                new Past(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// How a turn is told.
    ///
    /// @param echo what a dialect needs to tell the turn again later; empty where it has no way
    /// back
    /// @param stream whether the caller hears events as they come, else all with the last
    /// @param onBusy what happens when the session runs a turn already; empty for what the session
    /// was started with
    /// @param onDisconnect what happens when the caller leaves
    record Delivery(
            boolean stream,
            Optional<OnBusy> onBusy,
            OnDisconnect onDisconnect,
            Optional<JsonObject> echo,
            Optional<Once> once,
            Caching caching) {
        public Delivery(
                boolean stream,
                Optional<OnBusy> onBusy,
                OnDisconnect onDisconnect,
                Optional<JsonObject> echo) {
            this(stream, onBusy, onDisconnect, echo, Optional.empty(), Caching.ANY);
        }

        /// The same, done once and with what the caller thinks of kept answers.
        public Delivery as(Optional<Once> wanted, Caching wish) {
            return new Delivery(stream, onBusy, onDisconnect, echo, wanted, wish);
        }
    }

    /// What a caller thinks of answers that are kept (RFC 9111, `Cache-Control` of requests).
    ///
    /// @param store whether its own answer may be kept
    /// @param maxAgeSeconds how old a kept answer may be; 0 where none is accepted
    record Caching(boolean store, long maxAgeSeconds) {
        public static final Caching ANY = new Caching(true, Long.MAX_VALUE);
    }

    /// A request that is to be done once, however often it comes.
    ///
    /// @param key of the caller's choice
    /// @param digest of what is asked; the same key cannot ask for anything else
    record Once(String key, String digest) {}

    /// What a second turn of a session does to the one that runs.
    enum OnBusy {
        /// It is refused.
        REJECT,
        /// It waits for its turn.
        ENQUEUE,
        /// It stops the first, whose part of an answer stays in the history.
        INTERRUPT,
        /// It stops the first, which leaves the history; the journal keeps it.
        ROLLBACK
    }

    /// What a turn does when its caller leaves.
    enum OnDisconnect {
        /// It goes on to its end or deadline; the journal can be read later.
        CONTINUE,
        /// It goes on for a moment, so that the provider's own count arrives.
        DRAIN,
        /// It ends.
        CANCEL
    }

    /// A turn under way.
    interface Turn {
        /// The caller is gone; what it did is settled without it.
        void disconnect();

        /// The caller reads too slowly; the provider is held back until [#resume].
        void pause();

        void resume();

        /// Stops it, as a request to stop it would; what was said stays in the history.
        void stop(String reason);
    }

    /// Hears of a turn, on its event loop: either `refused`, or frames of which the first begins
    /// with
    /// [TurnEvent.Began] and the last ends with a [TurnEvent.Ended].
    interface TurnListener {
        /// Nothing was done.
        void refused(Refused refusal);

        /// A person has to approve the request first; it waits, then goes on or is refused. Told
        /// only
        /// to callers of whom [#waits] is true; the others are refused.
        default void review(Review review) {}

        default boolean waits() {
            return false;
        }

        /// These events are on disk; the last one is the turn's end only together with its
        /// settlement.
        void frames(Frames frames);

        /// Another node has ended this turn; what it told is in the journal.
        void lost();
    }

    /// @param decision the recorded decision, whose id is that of the approval
    /// @param expiresAt after which it counts as denied
    record Review(RecordedDecision decision, Instant expiresAt) {}

    /// @param decision the recorded decision, when it came to one
    record Refused(Problem problem, Optional<RecordedDecision> decision) {}
}
