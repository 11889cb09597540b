package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.metering.Ledger.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One `chat.completion` document.
final class OpenAiJson extends EventRenderer {
    private final Exchange exchange;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private Optional<Began> begun = Optional.empty();

    OpenAiJson(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    void begin(Began turn) {
        begun = Optional.of(turn);
    }

    @Override
    void text(String piece) {
        text.append(piece);
    }

    @Override
    void reasoning(String piece) {
        reasoning.append(piece);
    }

    @Override
    void tool(int index, ToolCall call) {
        calls.add(call);
    }

    @Override
    void failed(Problem problem, String requestId) {
        exchange.refuse(problem);
    }

    @Override
    void finish(String finishReason, Usage usage) {
        Began turn = begun.orElseThrow();
        ObjectBuilder said = JsonValue.object();
        new ChatMessage("assistant", text.toString(), calls, Optional.empty())
                .document()
                .members()
                .forEach(said::put);
        if (!reasoning.isEmpty()) {
            said.put("reasoning_content", reasoning.toString());
        }
        var message = said.put("refusal", new JsonNull()).build();
        var choice =
                JsonValue.object()
                        .put("index", 0)
                        .put("message", message)
                        .put("logprobs", new JsonNull())
                        .put("finish_reason", finishReason)
                        .build();
        exchange.json(
                200,
                JsonValue.object()
                        .put("id", "chatcmpl-" + turn.turn())
                        .put("object", "chat.completion")
                        .put("created", turn.createdSeconds())
                        .put("model", turn.model())
                        .put("choices", JsonValue.array(List.of(choice)))
                        .put("usage", usage(usage))
                        .build());
    }

    static JsonValue usage(Usage usage) {
        return JsonValue.object()
                .put("prompt_tokens", usage.inputTokens())
                .put("completion_tokens", usage.outputTokens())
                .put("total_tokens", usage.tokens())
                .build();
    }

    @Override
    public void lost(Problem problem) {
        exchange.refuse(problem);
    }
}
