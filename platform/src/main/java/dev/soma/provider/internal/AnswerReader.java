package dev.soma.provider.internal;

import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.provider.ProviderClient.TokenUsage;
import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads a provider's answer in its dialect, a whole document or one event of a stream after
/// another. Not thread-safe; one for each call.
abstract class AnswerReader {
    private static final int MAX_COUNT_BITS = 40;

    final StringBuilder text = new StringBuilder();
    final StringBuilder reasoning = new StringBuilder();
    final ToolCallReader tools = new ToolCallReader();
    Optional<String> finishReason = Optional.empty();
    boolean error;
    boolean done;

    /// Reads what came next.
    ///
    /// @return false when the bytes are not what the dialect knows
    final boolean read(byte[] bytes, int length) {
        text.setLength(0);
        reasoning.setLength(0);
        return readNext(bytes, length);
    }

    /// Adds to what is empty: the texts; and to what was read before: all else.
    abstract boolean readNext(byte[] bytes, int length);

    /// The last usage read so far.
    abstract Optional<TokenUsage> usage();

    /// A count of tokens as a provider tells it; absurd numbers count as none.
    static OptionalLong count(BigInteger number) {
        return number.signum() >= 0 && number.bitLength() <= MAX_COUNT_BITS
                ? OptionalLong.of(number.longValue())
                : OptionalLong.empty();
    }

    /// The text of what was read last.
    final String text() {
        return text.toString();
    }

    /// What was read last of the model's thoughts.
    final String reasoning() {
        return reasoning.toString();
    }

    /// Tells the calls of tools read so far.
    ///
    /// @param request what was asked, in the dialect of OpenAI
    /// @return false when one is not what it should be; none is told then
    final boolean tellTools(JsonObject request, ToolCallReader.Calls calls) {
        return tools.tell(request, calls);
    }

    /// As OpenAI names it; the last one read so far.
    final Optional<String> finishReason() {
        return finishReason;
    }

    /// The provider says that it failed.
    final boolean error() {
        return error;
    }

    /// The stream has said that it is over; what comes behind it is not read.
    final boolean done() {
        return done;
    }
}
