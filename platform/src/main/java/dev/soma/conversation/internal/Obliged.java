package dev.soma.conversation.internal;

import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.policy.Obligation;
import dev.soma.policy.Prompt.Message;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;

/// Does to a request what its verdict obliges to: what is redacted never reaches a provider, and an
/// answer is not asked for longer than a limit.
final class Obliged {
    static final String REDACTED = "[redacted]";

    private Obliged() {}

    /// @param defaultMaxTokens of a request that names no bound of its own
    static TurnRequest by(
            List<Obligation> obligations, TurnRequest request, long defaultMaxTokens) {
        if (obligations.isEmpty()) {
            return request;
        }
        List<BitSet> hidden = new ArrayList<>();
        request.messages().forEach(message -> hidden.add(new BitSet()));
        long maxTokens = request.maxTokens().orElse(defaultMaxTokens);
        for (Obligation obligation : obligations) {
            switch (obligation) {
                case Obligation.Redact(String rule, int message, int start, int end) ->
                        hidden.get(message).set(start, end);
                case Obligation.Limit(String rule, long limit) ->
                        maxTokens = Math.min(maxTokens, limit);
                case Obligation.RequireHumanApproval(String rule) ->
                        throw new IllegalStateException("a person has not approved this");
            }
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < hidden.size(); i++) {
            Message message = request.messages().get(i);
            messages.add(new Message(message.role(), redact(message.text(), hidden.get(i))));
        }
        return request.with(messages, OptionalLong.of(maxTokens));
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
