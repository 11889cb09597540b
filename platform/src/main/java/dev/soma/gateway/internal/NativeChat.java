package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.Turns.Delivery;
import dev.soma.conversation.Turns.OnBusy;
import dev.soma.conversation.Turns.OnDisconnect;
import dev.soma.conversation.Turns.Past;
import dev.soma.conversation.Turns.Task;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A request of `POST /v1/chat/stream`.
final class NativeChat {
    private NativeChat() {}

    /// @param stream whether the caller hears events as they come
    static TurnRequest read(BodyReader body, boolean stream) {
        Optional<String> session = body.optionalText("session_id");
        if (session.filter(id -> !Identifiers.isSlug(id)).isPresent()) {
            throw body.refused("session_id", "must be 1 to 63 of a-z, 0-9, '.', '_' and '-'");
        }
        String model = body.optionalText("model").orElse("");
        List<ChatMessage> messages = new ArrayList<>();
        Optional<String> system = body.optionalText("system");
        Optional<String> prompt = body.optionalText("prompt");
        if (prompt.isPresent() == body.value("messages").isPresent()) {
            throw body.refused("prompt", "or 'messages' is needed, one of them");
        }
        prompt.ifPresentOrElse(
                text -> messages.add(new ChatMessage("user", text)),
                () -> messages.addAll(OpenAiChat.messages(body)));
        OptionalLong maxTokens = body.optionalLong("max_tokens", 1, OpenAiChat.MAX_ANSWER_TOKENS);
        JsonObject parameters = OpenAiChat.parameters(body);
        Optional<OnBusy> onBusy = body.optionalChoice("on_busy", OnBusy.class);
        OnDisconnect onDisconnect =
                body.optionalChoice("on_disconnect", OnDisconnect.class)
                        .orElse(OnDisconnect.CONTINUE);
        body.optionalObject("metadata");
        body.finish();
        return new TurnRequest(
                new Past(session, Optional.empty(), system),
                model,
                messages,
                maxTokens,
                Task.chat(parameters),
                new Delivery(stream, onBusy, onDisconnect, Optional.empty()),
                Optional.empty());
    }
}
