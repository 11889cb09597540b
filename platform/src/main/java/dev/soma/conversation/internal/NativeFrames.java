package dev.soma.conversation.internal;

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
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonText;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.metering.Ledger.Usage;

/// Writes events as the frames of the product's own dialect, which is also the form of the journal:
/// `id`, `event` and one line of JSON. The same events always give the same bytes.
final class NativeFrames {
    private NativeFrames() {}

    /// Appends one frame.
    static void append(StringBuilder out, long seq, TurnEvent event) {
        out.append("id: ").append(seq).append("\nevent: ");
        if (event instanceof Delta(TurnEvent.Channel channel, String text)) {
            out.append("delta\ndata: {\"channel\":\"").append(channel.wireName());
            JsonText.append(out.append("\",\"text\":"), text).append("}\n\n");
            return;
        }
        out.append(name(event)).append("\ndata: ");
        out.append(CanonicalJson.JCS.text(data(event))).append("\n\n");
    }

    private static String name(TurnEvent event) {
        return switch (event) {
            case Began _ -> "turn.accepted";
            case Delta _ -> "delta";
            case Switched _ -> "switch";
            case GuardCut _ -> "guard.cut";
            case Counted _ -> "usage";
            case Completed _ -> "turn.completed";
            case Stopped _ -> "turn.stopped";
            case Cut _ -> "turn.cut";
            case Failed _ -> "turn.failed";
        };
    }

    private static JsonObject data(TurnEvent event) {
        ObjectBuilder data = JsonValue.object();
        switch (event) {
            case Began began ->
                    data.put("session_id", began.session())
                            .put("turn_id", began.turn().toString())
                            .put("decision_id", began.decision().toString())
                            .put("constitution_hash", began.constitutionHash())
                            .put("score", began.score())
                            .put("model", began.model())
                            .put("created", began.createdSeconds());
            case Delta(TurnEvent.Channel channel, String text) ->
                    data.put("channel", channel.wireName()).put("text", text);
            case Switched(String from, String to, String reason, int attempt) ->
                    data.put("from", from)
                            .put("to", to)
                            .put("reason", reason)
                            .put("attempt", attempt);
            case GuardCut(String rule, String article) ->
                    data.put("rule", rule).put("article", article);
            case Counted(Usage usage) -> tokens(data, usage);
            case Completed(String reason, String sha256, Usage usage) ->
                    ended(data.put("finish_reason", reason), sha256, usage);
            case Stopped(String reason, String sha256, Usage usage) ->
                    ended(data.put("reason", reason), sha256, usage);
            case Cut(Problem problem, String requestId) ->
                    data.put("problem", problem.document(requestId));
            case Failed(Problem problem, String requestId) ->
                    data.put("problem", problem.document(requestId));
        }
        return data.build();
    }

    private static void ended(ObjectBuilder data, String sha256, Usage usage) {
        data.put("text_sha256", sha256)
                .put("usage", tokens(JsonValue.object(), usage).build())
                .put("cost_micro_usd", usage.microUsd());
    }

    private static ObjectBuilder tokens(ObjectBuilder data, Usage usage) {
        return data.put("input_tokens", usage.inputTokens())
                .put("output_tokens", usage.outputTokens());
    }
}
