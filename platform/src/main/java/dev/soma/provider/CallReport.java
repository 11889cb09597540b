package dev.soma.provider;

import dev.soma.provider.ProviderClient.TokenUsage;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// One call of a provider that is over, as it is told on `slm.requests`, `slm.responses` and
/// `slm.metrics`. Counts and names only.
///
/// @param attempt of its turn, counted from 1
/// @param decision by which it was allowed
/// @param at when it went out
/// @param firstMillis until the first piece came; empty when none did
/// @param durationMillis until its end, without what it waited for its turn
/// @param end how it ended
/// @param usage what was counted, and by whom; empty when nobody did
public record CallReport(
        UUID id,
        ModelTarget target,
        int attempt,
        UUID decision,
        Asked asked,
        Instant at,
        OptionalLong firstMillis,
        long durationMillis,
        End end,
        Optional<Counted> usage) {

    /// @param maxTokens of the answer
    public record Asked(boolean stream, long maxTokens) {}

    /// @param outcome `completed`, `cancelled` or a [ProviderClient.Failure] in lower case
    /// @param finishReason as OpenAI names it; empty unless it completed
    public record End(String outcome, String finishReason) {}

    /// @param byProvider else by this platform, as an upper bound
    /// @param microUsd what it costs
    public record Counted(TokenUsage tokens, long microUsd, boolean byProvider) {}
}
