package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.CacheUse;
import dev.soma.conversation.TurnEvent.Channel;
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
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonText;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.Ledger.Usage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

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
            case Queued _ -> "turn.queued";
            case Delta _ -> "delta";
            case Embedded _ -> "embedding";
            case ToolCalled _ -> "tool.call";
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
            case Began began -> {
                began.cache().ifPresent(use -> cache(data, use));
                data.put("session_id", began.session())
                        .put("turn_id", began.turn().toString())
                        .put("decision_id", began.decision().toString())
                        .put("constitution_hash", began.constitutionHash())
                        .put("score", began.score())
                        .put("model", began.model())
                        .put("created", began.createdSeconds())
                        .put("nonce", began.nonce());
            }
            case Queued(int position, OptionalLong wait) -> {
                data.put("position", position);
                wait.ifPresent(millis -> data.put("estimated_wait_ms", millis));
            }
            case Delta(TurnEvent.Channel channel, String text) ->
                    data.put("channel", channel.wireName()).put("text", text);
            case Embedded(int index, String base64) ->
                    data.put("index", index).put("base64", base64);
            case ToolCalled(int index, ToolCall call) ->
                    data.put("index", index)
                            .put("id", call.id())
                            .put("name", call.name())
                            .put("arguments", call.arguments());
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

    private static void cache(ObjectBuilder data, CacheUse use) {
        data.put("cache", use.kind().wireName());
        if (use.kind() == CacheUse.Kind.HIT) {
            data.put("cache_age_seconds", use.ageSeconds());
        }
    }

    private static Optional<CacheUse> cache(JsonObject data) {
        return data.text("cache")
                .map(
                        kind ->
                                new CacheUse(
                                        CacheUse.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
                                        data.get("cache_age_seconds").isEmpty()
                                                ? 0
                                                : number(data, "cache_age_seconds")));
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

    /// Frames that follow each other, as one.
    static Frames join(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        byte[] bytes = all.toByteArray();
        String head = new String(bytes, 0, Math.min(32, bytes.length), StandardCharsets.US_ASCII);
        long first = Long.parseLong(head.substring("id: ".length(), head.indexOf('\n')));
        return new Frames(first, read(bytes), bytes);
    }

    /// Reads frames that [#append] wrote.
    static List<TurnEvent> read(byte[] frames) {
        List<TurnEvent> events = new ArrayList<>();
        for (String frame : new String(frames, StandardCharsets.UTF_8).split("\n\n", -1)) {
            if (!frame.isEmpty()) {
                int name = frame.indexOf("\nevent: ") + 8;
                int data = frame.indexOf("\ndata: ", name);
                events.add(event(frame.substring(name, data), parse(frame.substring(data + 7))));
            }
        }
        return events;
    }

    private static JsonObject parse(String data) {
        try {
            return StrictJson.parseObject(data.getBytes(StandardCharsets.UTF_8));
        } catch (MalformedJson e) {
            throw new IllegalStateException("the journal holds a frame that is not JSON", e);
        }
    }

    private static TurnEvent event(String name, JsonObject data) {
        return switch (name) {
            case "turn.accepted" ->
                    new Began(
                            UUID.fromString(text(data, "turn_id")),
                            text(data, "session_id"),
                            UUID.fromString(text(data, "decision_id")),
                            text(data, "constitution_hash"),
                            text(data, "score"),
                            text(data, "model"),
                            number(data, "created"),
                            data.text("nonce").orElse(""),
                            cache(data));
            case "turn.queued" ->
                    new Queued(
                            Math.toIntExact(number(data, "position")),
                            data.get("estimated_wait_ms").isEmpty()
                                    ? OptionalLong.empty()
                                    : OptionalLong.of(number(data, "estimated_wait_ms")));
            case "delta" ->
                    new Delta(
                            Channel.valueOf(text(data, "channel").toUpperCase(Locale.ROOT)),
                            text(data, "text"));
            case "embedding" ->
                    new Embedded(Math.toIntExact(number(data, "index")), text(data, "base64"));
            case "tool.call" ->
                    new ToolCalled(
                            Math.toIntExact(number(data, "index")),
                            new ToolCall(
                                    text(data, "id"), text(data, "name"), text(data, "arguments")));
            case "switch" ->
                    new Switched(
                            text(data, "from"),
                            text(data, "to"),
                            text(data, "reason"),
                            Math.toIntExact(number(data, "attempt")));
            case "guard.cut" -> new GuardCut(text(data, "rule"), text(data, "article"));
            case "usage" -> new Counted(usage(data, 0));
            case "turn.completed" ->
                    new Completed(
                            text(data, "finish_reason"), text(data, "text_sha256"), cost(data));
            case "turn.stopped" ->
                    new Stopped(text(data, "reason"), text(data, "text_sha256"), cost(data));
            case "turn.cut" -> new Cut(problem(data), requestId(data));
            case "turn.failed" -> new Failed(problem(data), requestId(data));
            default -> throw new IllegalStateException("the journal holds an unknown " + name);
        };
    }

    private static String text(JsonObject data, String name) {
        return data.text(name).orElseThrow();
    }

    private static long number(JsonObject data, String name) {
        return data.get(name).orElseThrow() instanceof JsonInteger(var number)
                ? number.longValueExact()
                : 0;
    }

    private static Usage cost(JsonObject data) {
        return usage(data.object("usage").orElseThrow(), number(data, "cost_micro_usd"));
    }

    private static Usage usage(JsonObject data, long microUsd) {
        return new Usage(number(data, "input_tokens"), number(data, "output_tokens"), microUsd);
    }

    private static Problem problem(JsonObject data) {
        JsonObject document = data.object("problem").orElseThrow();
        String slug = text(document, "type").substring("urn:soma:problem:".length());
        return Problem.of(
                ProblemKind.valueOf(slug.toUpperCase(Locale.ROOT)), text(document, "detail"));
    }

    private static String requestId(JsonObject data) {
        return text(data.object("problem").orElseThrow(), "requestId");
    }
}
