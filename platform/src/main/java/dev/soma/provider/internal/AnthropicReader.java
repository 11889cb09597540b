package dev.soma.provider.internal;

import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.provider.ProviderClient.TokenUsage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads the Messages dialect of Anthropic. An event of a type that is not known is passed over, as
/// its documentation asks.
final class AnthropicReader extends AnswerReader {
    private OptionalLong inputTokens = OptionalLong.empty();
    private OptionalLong outputTokens = OptionalLong.empty();
    private boolean counted;

    @Override
    boolean readNext(byte[] bytes, int length) {
        try {
            JsonObject event = StrictJson.parseObject(Arrays.copyOf(bytes, length));
            switch (event.text("type").orElse("")) {
                case "message" -> message(event);
                case "message_start" -> event.object("message").ifPresent(this::usage);
                case "content_block_start" ->
                        event.object("content_block")
                                .ifPresent(block -> block(index(event), block));
                case "content_block_delta" ->
                        event.object("delta").ifPresent(delta -> delta(index(event), delta));
                case "message_delta" -> {
                    event.object("delta").ifPresent(this::stopReason);
                    usage(event);
                    counted = true;
                }
                case "message_stop" -> done = true;
                case "error" -> error = true;
                default -> {}
            }
            return true;
        } catch (MalformedJson e) {
            return false;
        }
    }

    /// A whole answer.
    private void message(JsonObject message) {
        List<JsonValue> content = message.items("content");
        for (int i = 0; i < content.size(); i++) {
            if (content.get(i) instanceof JsonObject block) {
                int at = i;
                block(at, block);
                block.object("input")
                        .filter(input -> block.text("type").equals(Optional.of("tool_use")))
                        .ifPresent(input -> tools.add(at, "", "", CanonicalJson.JCS.text(input)));
            }
        }
        stopReason(message);
        usage(message);
        counted = true;
    }

    private void block(int index, JsonObject block) {
        switch (block.text("type").orElse("")) {
            case "text" -> block.text("text").ifPresent(text::append);
            case "thinking" -> block.text("thinking").ifPresent(reasoning::append);
            case "tool_use" ->
                    tools.add(
                            index, block.text("id").orElse(""), block.text("name").orElse(""), "");
            default -> {}
        }
    }

    private void delta(int index, JsonObject delta) {
        switch (delta.text("type").orElse("")) {
            case "text_delta" -> delta.text("text").ifPresent(text::append);
            case "thinking_delta" -> delta.text("thinking").ifPresent(reasoning::append);
            case "input_json_delta" ->
                    delta.text("partial_json").ifPresent(part -> tools.add(index, "", "", part));
            default -> {}
        }
    }

    private static int index(JsonObject event) {
        return event.get("index").orElse(null) instanceof JsonInteger(var number)
                        && number.bitLength() < 31
                ? number.intValue()
                : -1;
    }

    private void stopReason(JsonObject holder) {
        holder.text("stop_reason")
                .ifPresent(
                        reason ->
                                finishReason =
                                        Optional.of(
                                                switch (reason) {
                                                    case "max_tokens" -> "length";
                                                    case "tool_use" -> "tool_calls";
                                                    case "refusal" -> "content_filter";
                                                    default -> "stop";
                                                }));
    }

    /// What was read from or written to a cache was input as well.
    private void usage(JsonObject holder) {
        Optional<JsonObject> usage = holder.object("usage");
        if (usage.isEmpty()) {
            return;
        }
        OptionalLong input = number(usage.get(), "input_tokens");
        if (input.isPresent()) {
            inputTokens =
                    OptionalLong.of(
                            input.getAsLong()
                                    + number(usage.get(), "cache_creation_input_tokens").orElse(0)
                                    + number(usage.get(), "cache_read_input_tokens").orElse(0));
        }
        OptionalLong output = number(usage.get(), "output_tokens");
        outputTokens = output.isPresent() ? output : outputTokens;
    }

    private static OptionalLong number(JsonObject usage, String name) {
        return usage.get(name).orElse(null) instanceof JsonInteger(var number)
                ? count(number)
                : OptionalLong.empty();
    }

    /// The count at the start says nothing of the answer yet.
    @Override
    Optional<TokenUsage> usage() {
        return counted && inputTokens.isPresent() && outputTokens.isPresent()
                ? Optional.of(new TokenUsage(inputTokens.getAsLong(), outputTokens.getAsLong()))
                : Optional.empty();
    }
}
