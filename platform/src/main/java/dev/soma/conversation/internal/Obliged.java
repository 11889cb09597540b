package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.Judging.Part;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.Obligation;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;

/// Does to a request what its verdict obliges to: what is redacted never reaches a provider, and an
/// answer is not asked for longer than a limit. Where the arguments of a call or the offered tools
/// would be redacted in part, which would break their form, they are left out whole.
final class Obliged {
    static final String REDACTED = "[redacted]";
    private static final String NO_ARGUMENTS = "{}";

    private Obliged() {}

    /// @param defaultMaxTokens of a request that names no bound of its own
    static TurnRequest by(
            List<Obligation> obligations, TurnRequest request, long defaultMaxTokens) {
        if (obligations.isEmpty()) {
            return request;
        }
        List<Part> parts = Judging.parts(request);
        List<BitSet> hidden = new ArrayList<>();
        parts.forEach(part -> hidden.add(new BitSet()));
        long maxTokens = request.maxTokens().orElse(defaultMaxTokens);
        for (Obligation obligation : obligations) {
            switch (obligation) {
                case Obligation.Redact(String rule, int part, int start, int end) ->
                        hidden.get(part).set(start, end);
                case Obligation.Limit(String rule, long limit) ->
                        maxTokens = Math.min(maxTokens, limit);
                case Obligation.RequireHumanApproval(String rule) ->
                        throw new IllegalStateException("a person has not approved this");
            }
        }
        TurnRequest redacted = redact(request, parts, hidden);
        return redacted.with(redacted.messages(), OptionalLong.of(maxTokens));
    }

    private static TurnRequest redact(TurnRequest request, List<Part> parts, List<BitSet> hidden) {
        List<ChatMessage> messages = new ArrayList<>(request.messages());
        JsonObject parameters = request.parameters();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (hidden.get(i).isEmpty()) {
                continue;
            }
            if (part.message() < 0) {
                parameters = withoutTools(parameters);
            } else {
                messages.set(
                        part.message(), redact(messages.get(part.message()), part, hidden.get(i)));
            }
        }
        return request.with(messages, request.maxTokens()).withParameters(parameters);
    }

    private static ChatMessage redact(ChatMessage message, Part part, BitSet hidden) {
        if (part.call() < 0) {
            return new ChatMessage(
                    message.role(),
                    redact(message.text(), hidden),
                    message.calls(),
                    message.answers());
        }
        List<ToolCall> calls = new ArrayList<>(message.calls());
        ToolCall call = calls.get(part.call());
        calls.set(part.call(), new ToolCall(call.id(), call.name(), NO_ARGUMENTS));
        return new ChatMessage(message.role(), message.text(), calls, message.answers());
    }

    private static JsonObject withoutTools(JsonObject parameters) {
        var kept = JsonValue.object();
        parameters
                .members()
                .forEach(
                        (name, value) -> {
                            if (!name.equals("tools")
                                    && !name.equals("tool_choice")
                                    && !name.equals("parallel_tool_calls")) {
                                kept.put(name, value);
                            }
                        });
        return kept.build();
    }

    private static String redact(String text, BitSet hidden) {
        StringBuilder kept = new StringBuilder();
        int at = 0;
        for (int start = hidden.nextSetBit(0); start >= 0; start = hidden.nextSetBit(at)) {
            kept.append(text, at, start).append(REDACTED);
            at = hidden.nextClearBit(start);
        }
        return kept.append(text, at, text.length()).toString();
    }
}
