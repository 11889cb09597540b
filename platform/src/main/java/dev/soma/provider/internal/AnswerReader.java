package dev.soma.provider.internal;

import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.provider.ProviderClient.TokenUsage;
import java.util.Optional;

/// Reads a provider's answer in its dialect, a whole document or one event of a stream after
/// another. Not thread-safe; one for each call.
interface AnswerReader {
    /// @return false when the bytes are not what the dialect knows
    boolean read(byte[] bytes, int length);

    /// The text of what was read last.
    String text();

    /// What was read last of the model's thoughts.
    String reasoning();

    /// Tells the calls of tools read so far.
    ///
    /// @param request what was asked, in the dialect of OpenAI
    /// @return false when one is not what it should be; none is told then
    boolean tellTools(JsonObject request, ToolCallReader.Calls calls);

    /// As OpenAI names it; the last one read so far.
    Optional<String> finishReason();

    /// The last usage read so far.
    Optional<TokenUsage> usage();

    /// The provider says that it failed.
    boolean error();

    /// The stream has said that it is over; what comes behind it is not read.
    boolean done();
}
