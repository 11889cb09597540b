package dev.soma.gateway.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Completed;
import dev.soma.conversation.TurnEvent.Counted;
import dev.soma.conversation.TurnEvent.Cut;
import dev.soma.conversation.TurnEvent.Delta;
import dev.soma.conversation.TurnEvent.Failed;
import dev.soma.conversation.TurnEvent.GuardCut;
import dev.soma.conversation.TurnEvent.Stopped;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.metering.Ledger.Usage;
import java.util.List;
import java.util.Optional;

/// One `chat.completion` document.
final class OpenAiJson implements Renderer {
    private final Exchange exchange;
    private final StringBuilder text = new StringBuilder();
    private Optional<Began> begun = Optional.empty();
    private Usage counted = new Usage(0, 0, 0);

    OpenAiJson(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public void frames(Frames frames) {
        for (TurnEvent event : frames.events()) {
            switch (event) {
                case Began started -> begun = Optional.of(started);
                case Delta(TurnEvent.Channel channel, String piece) -> text.append(piece);
                case Completed end -> answer(end.finishReason(), end.usage());
                case Stopped end -> answer("stop", end.usage());
                case Cut(Problem problem, String requestId) -> {
                    if (problem.kind() == ProblemKind.OUTPUT_REFUSED) {
                        answer("content_filter", counted);
                    } else {
                        exchange.refuse(problem);
                    }
                }
                case Failed(Problem problem, String requestId) -> exchange.refuse(problem);
                case Counted(Usage usage) -> counted = usage;
                case GuardCut _, Switched _ -> {}
            }
        }
    }

    private void answer(String finishReason, Usage usage) {
        Began turn = begun.orElseThrow();
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
