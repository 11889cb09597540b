package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.metering.Ledger.HoldRequest;
import dev.soma.metering.Ledger.Usage;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.TokenUsage;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// What a turn may cost at most. A tokenizer that works on bytes never makes more tokens of a text
/// than it has bytes, so bytes are an upper bound for every model; the template adds a few for each
/// message.
///
/// @param defaultMaxTokens what an answer may have when the caller does not say
record TurnBounds(TurnRequest request, ModelTarget target, int defaultMaxTokens) {
    long maxTokens() {
        return request.maxTokens().orElse(defaultMaxTokens);
    }

    private long input() {
        long input = 64;
        for (var message : request.messages()) {
            input += 16 + message.text().getBytes(StandardCharsets.UTF_8).length;
            for (ToolCall call : message.calls()) {
                input += 32 + (call.name() + call.arguments()).length() * 3L;
            }
        }
        input +=
                request.parameters()
                        .get(Judging.TOOLS)
                        .map(tools -> CanonicalJson.JCS.bytes(tools).length)
                        .orElse(0);
        return Math.min(input, target.contextTokens());
    }

    private long output() {
        return Math.min(maxTokens(), target.contextTokens());
    }

    /// What one call may use at most.
    Usage most() {
        return priced(new TokenUsage(input(), output()));
    }

    /// What a call may use at most that goes on from a part of the answer.
    Usage most(CharSequence said) {
        long input = input() + said.toString().getBytes(StandardCharsets.UTF_8).length + 16;
        return priced(new TokenUsage(Math.min(input, target.contextTokens()), output()));
    }

    HoldRequest hold(UUID turn, ActorContext actor) {
        long input = input();
        long output = output();
        return new HoldRequest(
                turn,
                actor.tenant(),
                actor.actor().user(),
                actor.actor()
                        .credential()
                        .filter(name -> name.startsWith("key/"))
                        .map(name -> name.substring(4)),
                actor.work(),
                input + output,
                target.price().microUsd(input, output));
    }

    /// What is booked when the provider could not count.
    ///
    /// @param outputBytes of text that it sent
    Usage uncounted(long outputBytes) {
        return priced(new TokenUsage(input(), Math.min(outputBytes, output())));
    }

    Usage priced(TokenUsage counted) {
        return new Usage(
                counted.inputTokens(),
                counted.outputTokens(),
                target.price().microUsd(counted.inputTokens(), counted.outputTokens()));
    }
}
