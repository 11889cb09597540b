package dev.soma.gateway.internal;

import dev.soma.conversation.Turns.Accepted;
import dev.soma.conversation.Turns.Ended;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.metering.Ledger.Usage;
import java.util.List;
import java.util.UUID;

/// One `chat.completion` document.
final class OpenAiJson implements Renderer {
    private final Exchange exchange;
    private final StringBuilder text = new StringBuilder();
    private UUID turn = new UUID(0, 0);
    private String model = "";
    private long created;

    OpenAiJson(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public void accepted(Accepted started) {
        turn = started.turn();
        model = started.model();
        created = started.createdSeconds();
    }

    @Override
    public void text(String piece) {
        text.append(piece);
    }

    @Override
    public void completed(Ended.Completed end) {
        var message =
                JsonValue.object()
                        .put("role", "assistant")
                        .put("content", text.toString())
                        .put("refusal", new JsonNull())
                        .build();
        var choice =
                JsonValue.object()
                        .put("index", 0)
                        .put("message", message)
                        .put("logprobs", new JsonNull())
                        .put("finish_reason", end.finishReason())
                        .build();
        exchange.json(
                200,
                JsonValue.object()
                        .put("id", "chatcmpl-" + turn)
                        .put("object", "chat.completion")
                        .put("created", created)
                        .put("model", model)
                        .put("choices", JsonValue.array(List.of(choice)))
                        .put("usage", usage(end.usage()))
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
    public void failed(Problem problem) {
        exchange.refuse(problem);
    }
}
