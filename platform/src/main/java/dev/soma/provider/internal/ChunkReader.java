package dev.soma.provider.internal;

import dev.soma.provider.ProviderClient.TokenUsage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Reads the dialect of OpenAI: picks out of one chat completion, whole or chunk, what the platform
/// uses: text, finish reason,
/// usage, error. No
/// tree of objects; unknown members are skipped. Not thread-safe, reused for each chunk of a call.
final class ChunkReader extends AnswerReader {
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private Optional<TokenUsage> usage = Optional.empty();
    private long inputTokens;
    private long outputTokens;

    @Override
    boolean readNext(byte[] bytes, int length) {
        if (length == DONE.length && Arrays.equals(bytes, 0, length, DONE, 0, length)) {
            done = true;
            return true;
        }
        try (JsonParser parser =
                FACTORY.createParser(ObjectReadContext.empty(), bytes, 0, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "choices" -> choices(parser, value);
                    case "usage" -> usage(parser, value);
                    case "error" -> {
                        error |= value != JsonToken.VALUE_NULL;
                        parser.skipChildren();
                    }
                    default -> parser.skipChildren();
                }
            }
            return true;
        } catch (JacksonException e) {
            return false;
        }
    }

    private void choices(JsonParser parser, JsonToken value) {
        if (value != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        boolean first = true;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (first && parser.currentToken() == JsonToken.START_OBJECT) {
                choice(parser);
            } else {
                parser.skipChildren();
            }
            first = false;
        }
    }

    private void choice(JsonParser parser) {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("finish_reason") && value == JsonToken.VALUE_STRING) {
                finishReason = Optional.of(parser.getString());
            } else if ((name.equals("delta") || name.equals("message"))
                    && value == JsonToken.START_OBJECT) {
                message(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void message(JsonParser parser) {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("content") && value == JsonToken.VALUE_STRING) {
                text.append(parser.getString());
            } else if (name.equals("tool_calls") && value == JsonToken.START_ARRAY) {
                tools.read(parser);
            } else if (value == JsonToken.VALUE_STRING
                    && (name.equals("reasoning_content") || name.equals("reasoning"))) {
                reasoning.append(parser.getString());
            } else {
                parser.skipChildren();
            }
        }
    }

    /// Usage counts wherever it stands; absurd numbers count as none.
    private void usage(JsonParser parser, JsonToken value) {
        if (value != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        inputTokens = -1;
        outputTokens = -1;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken number = parser.nextToken();
            if (number == JsonToken.VALUE_NUMBER_INT && name.equals("prompt_tokens")) {
                inputTokens = count(parser.getBigIntegerValue()).orElse(-1);
            } else if (number == JsonToken.VALUE_NUMBER_INT && name.equals("completion_tokens")) {
                outputTokens = count(parser.getBigIntegerValue()).orElse(-1);
            } else {
                parser.skipChildren();
            }
        }
        if (inputTokens >= 0 && outputTokens >= 0) {
            usage = Optional.of(new TokenUsage(inputTokens, outputTokens));
        }
    }

    @Override
    Optional<TokenUsage> usage() {
        return usage;
    }
}
