package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.metering.Ledger.Usage;
import java.util.List;
import java.util.Optional;

/// One `chat.completion` document.
final class OpenAiJson extends WholeAnswer {
    OpenAiJson(Exchange exchange) {
        super(exchange);
    }

    @Override
    void finish(String finishReason, Usage usage) {
        Began turn = turn();
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
}
