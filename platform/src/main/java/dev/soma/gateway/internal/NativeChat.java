package dev.soma.gateway.internal;

import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.Prompt.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A request of `POST /v1/chat/stream`.
final class NativeChat {
    private NativeChat() {}

    static TurnRequest read(BodyReader body) {
        Optional<String> session = body.optionalText("session_id");
        if (session.filter(id -> !Identifiers.isSlug(id)).isPresent()) {
            throw body.refused("session_id", "must be 1 to 63 of a-z, 0-9, '.', '_' and '-'");
        }
        String model = body.text("model");
        List<Message> messages = new ArrayList<>();
        body.optionalText("system").ifPresent(text -> messages.add(new Message("system", text)));
        Optional<String> prompt = body.optionalText("prompt");
        if (prompt.isPresent() == body.value("messages").isPresent()) {
            throw body.refused("prompt", "or 'messages' is needed, one of them");
        }
        prompt.ifPresentOrElse(
                text -> messages.add(new Message("user", text)),
                () -> messages.addAll(OpenAiChat.messages(body)));
        OptionalLong maxTokens = body.optionalLong("max_tokens", 1, OpenAiChat.MAX_ANSWER_TOKENS);
        JsonObject parameters = OpenAiChat.parameters(body);
        body.optionalText("on_busy")
                .filter(mode -> !mode.equals("reject"))
                .ifPresent(
                        mode -> {
                            throw body.refused("on_busy", "must be reject");
                        });
        body.optionalText("on_disconnect")
                .filter(mode -> !mode.equals("drain"))
                .ifPresent(
                        mode -> {
                            throw body.refused("on_disconnect", "must be drain");
                        });
        body.optionalObject("metadata");
        body.finish();
        return new TurnRequest(
                session, model, messages, maxTokens, parameters, true, Optional.empty());
    }
}
