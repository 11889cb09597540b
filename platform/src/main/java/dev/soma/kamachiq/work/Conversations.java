package dev.soma.kamachiq.work;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import io.temporal.failure.ApplicationFailure;
import java.util.ArrayList;
import java.util.List;

/// What agents and models have said to each other, in the content store. Thread-safe.
public final class Conversations {
    private static final String MESSAGES = "messages";

    private final ContentStore content;

    public Conversations(ContentStore content) {
        this.content = content;
    }

    /// @return its digest
    public String put(List<ChatMessage> messages) {
        return content.put(
                CanonicalJson.JCS.bytes(
                        JsonValue.object()
                                .put(
                                        MESSAGES,
                                        JsonValue.array(
                                                messages.stream()
                                                        .map(ChatMessage::document)
                                                        .toList()))
                                .build()));
    }

    public List<ChatMessage> get(String digest) {
        try {
            List<ChatMessage> messages = new ArrayList<>();
            byte[] bytes =
                    content.get(digest)
                            .orElseThrow(
                                    () ->
                                            ApplicationFailure.newNonRetryableFailure(
                                                    "a conversation is missing", "Missing"));
            for (JsonObject message : StrictJson.parseObject(bytes).objects(MESSAGES)) {
                messages.add(ChatMessage.of(message));
            }
            return messages;
        } catch (MalformedJson e) {
            throw ApplicationFailure.newNonRetryableFailure(
                    "a conversation cannot be read", "Missing");
        }
    }

    /// The tools that the last word of the model calls.
    static List<ToolCall> calls(List<ChatMessage> messages) {
        return messages.reversed().stream()
                .filter(message -> !message.calls().isEmpty())
                .findFirst()
                .map(ChatMessage::calls)
                .orElse(List.of());
    }
}
