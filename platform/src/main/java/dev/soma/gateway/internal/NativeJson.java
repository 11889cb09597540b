package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Completed;
import dev.soma.conversation.TurnEvent.Counted;
import dev.soma.conversation.TurnEvent.Cut;
import dev.soma.conversation.TurnEvent.Delta;
import dev.soma.conversation.TurnEvent.Embedded;
import dev.soma.conversation.TurnEvent.Failed;
import dev.soma.conversation.TurnEvent.GuardCut;
import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.conversation.TurnEvent.Stopped;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.conversation.TurnEvent.ToolCalled;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.Ledger.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The answer of `POST /v1/conversation/step`: one document of the whole turn.
final class NativeJson implements Renderer {
    private final Exchange exchange;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<JsonObject> calls = new ArrayList<>();
    private final List<JsonObject> switches = new ArrayList<>();
    private Optional<Began> begun = Optional.empty();
    private long first;
    private long last;

    NativeJson(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public void frames(Frames frames) {
        if (begun.isEmpty()) {
            first = frames.first();
        }
        last = frames.last();
        for (TurnEvent event : frames.events()) {
            switch (event) {
                case Began started -> begun = Optional.of(started);
                case Delta(TurnEvent.Channel channel, String piece) ->
                        (channel == TurnEvent.Channel.TEXT ? text : reasoning).append(piece);
                case ToolCalled(int index, ToolCall call) ->
                        calls.add(
                                JsonValue.object()
                                        .put("type", "tool_call")
                                        .put("id", call.id())
                                        .put("name", call.name())
                                        .put("arguments", call.arguments())
                                        .build());
                case Switched switched -> switches.add(Notices.of(switched));
                case Completed end -> answer(end.finishReason(), end.textSha256(), end.usage());
                case Stopped end -> answer("stopped", end.textSha256(), end.usage());
                case Cut(Problem problem, String requestId) -> exchange.refuse(problem);
                case Failed(Problem problem, String requestId) -> exchange.refuse(problem);
                case GuardCut _, Counted _, Queued _, Embedded _ -> {}
            }
        }
    }

    private void answer(String finishReason, String sha256, Usage usage) {
        Began turn = begun.orElseThrow();
        List<JsonObject> output = new ArrayList<>();
        if (!reasoning.isEmpty()) {
            output.add(said("reasoning", reasoning));
        }
        if (!text.isEmpty() || calls.isEmpty()) {
            output.add(said("text", text));
        }
        output.addAll(calls);
        JsonObject decision =
                JsonValue.object()
                        .put("decision", "allow")
                        .put("decision_id", turn.decision().toString())
                        .put("score", turn.score())
                        .put("constitution_hash", turn.constitutionHash())
                        .build();
        JsonObject counted =
                JsonValue.object()
                        .put("input_tokens", usage.inputTokens())
                        .put("output_tokens", usage.outputTokens())
                        .build();
        exchange.json(
                200,
                JsonValue.object()
                        .put("session_id", turn.session())
                        .put("turn_id", turn.turn().toString())
                        .put("first_seq", first)
                        .put("last_seq", last)
                        .put("model", turn.model())
                        .put("output", JsonValue.array(output))
                        .put("switches", JsonValue.array(switches))
                        .put("finish_reason", finishReason)
                        .put("text_sha256", sha256)
                        .put("usage", counted)
                        .put("cost_micro_usd", usage.microUsd())
                        .put("decision", decision)
                        .put("constitution_hash", turn.constitutionHash())
                        .put("receipt", "/v1/decisions/%s/turn-receipt".formatted(turn.decision()))
                        .build());
    }

    private static JsonObject said(String type, StringBuilder text) {
        return JsonValue.object().put("type", type).put("text", text.toString()).build();
    }

    @Override
    public void lost(Problem problem) {
        exchange.refuse(problem);
    }
}
