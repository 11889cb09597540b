package dev.soma.conversation;

import dev.soma.kernel.Problem;
import dev.soma.metering.Ledger.Usage;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// What a turn tells its caller, in whatever dialect. Every event has a number in its session, is
/// in
/// the journal before anybody hears of it, and can be read from there again.
public sealed interface TurnEvent {
    /// The turn was admitted; always the first.
    ///
    /// @param score of its verdict, which is `allow`
    /// @param createdSeconds when, in seconds since 1970
    /// @param nonce nobody can guess it, so a digest of the turn's frames says nothing to who does
    /// not have them
    /// @param cache where its profile lets answers be kept
    record Began(
            UUID turn,
            String session,
            UUID decision,
            String constitutionHash,
            String score,
            String model,
            long createdSeconds,
            String nonce,
            Optional<CacheUse> cache)
            implements TurnEvent {}

    /// What was looked for among the answers that are kept.
    ///
    /// @param ageSeconds of the answer that was found, else 0
    record CacheUse(Kind kind, long ageSeconds) {
        public static CacheUse hit(long ageSeconds) {
            return new CacheUse(Kind.HIT, ageSeconds);
        }

        public static CacheUse missed() {
            return new CacheUse(Kind.MISS, 0);
        }

        public static CacheUse bypassed() {
            return new CacheUse(Kind.BYPASS, 0);
        }

        /// How a look for a kept answer ends.
        public enum Kind {
            HIT,
            MISS,
            /// The caller did not want one.
            BYPASS;

            public String wireName() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /// It waits for its turn at a provider that serves only so many at once.
    ///
    /// @param position counted from 1
    /// @param waitMillis until it runs; empty while nothing is known of the provider's pace
    record Queued(int position, OptionalLong waitMillis) implements TurnEvent {}

    /// A piece of the answer; never empty.
    record Delta(Channel channel, String text) implements TurnEvent {}

    /// The vector of a text.
    ///
    /// @param index of the text
    /// @param base64 of its numbers, 32-bit floats with the lowest byte first
    record Embedded(int index, String base64) implements TurnEvent {}

    /// The model asks for a tool to be called. Its name is one that was offered and its arguments
    /// are
    /// JSON.
    ///
    /// @param index of the call in its turn, from 0
    record ToolCalled(int index, ChatMessage.ToolCall call) implements TurnEvent {}

    /// Another model goes on, because the first one failed.
    ///
    /// @param from address of the model that failed
    /// @param to address of the one that goes on
    /// @param reason how it failed, such as `cut`
    /// @param attempt counted from 1, so the first switch has 2
    record Switched(String from, String to, String reason, int attempt) implements TurnEvent {}

    /// The answer broke a rule; nothing from the start of the breach was told.
    record GuardCut(String rule, String article) implements TurnEvent {}

    /// What was counted at the end.
    record Counted(Usage usage) implements TurnEvent {}

    /// The last event of a turn, exactly one.
    sealed interface Ended extends TurnEvent {}

    /// @param finishReason as OpenAI names it
    /// @param textSha256 of the whole text channel in UTF-8, hex
    record Completed(String finishReason, String textSha256, Usage usage) implements Ended {}

    /// Somebody asked for it to stop.
    record Stopped(String reason, String textSha256, Usage usage) implements Ended {}

    /// A rule or a kill switch ended it.
    ///
    /// @param requestId of the request that the problem belongs to
    record Cut(Problem problem, String requestId) implements Ended {}

    /// @param requestId of the request that the problem belongs to
    record Failed(Problem problem, String requestId) implements Ended {}

    /// Parts of an answer that are told apart.
    enum Channel {
        TEXT,
        REASONING;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
