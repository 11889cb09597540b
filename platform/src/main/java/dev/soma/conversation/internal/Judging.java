package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import dev.soma.provider.ModelTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What of a request the rules see: everything that the model would. After each message come the
/// calls that it makes, and the tools that are offered stand at the end.
final class Judging {
    static final String CALL = "tool_call";
    static final String TOOLS = "tools";

    private Judging() {}

    static PolicyRequest question(ActorContext actor, TurnRequest request, ModelTarget target) {
        return PolicyRequest.chat(
                        "model/" + target.address(),
                        request.session().orElse(""),
                        new Prompt(parts(request).stream().map(Part::seen).toList()))
                .madeFor(actor.work());
    }

    /// One part of what is judged.
    ///
    /// @param message index of the message it belongs to, or -1 for the offered tools
    /// @param call index of the call in its message, or -1 for the message's own text
    record Part(int message, int call, Message seen) {}

    static List<Part> parts(TurnRequest request) {
        List<Part> parts = new ArrayList<>(request.messages().size());
        for (int i = 0; i < request.messages().size(); i++) {
            ChatMessage message = request.messages().get(i);
            parts.add(new Part(i, -1, new Message(message.role(), message.text())));
            for (int j = 0; j < message.calls().size(); j++) {
                ToolCall call = message.calls().get(j);
                parts.add(new Part(i, j, new Message(CALL, call.name() + " " + call.arguments())));
            }
        }
        Optional<JsonValue> tools = request.parameters().get(TOOLS);
        tools.ifPresent(
                offered ->
                        parts.add(
                                new Part(
                                        -1,
                                        -1,
                                        new Message(TOOLS, CanonicalJson.JCS.text(offered)))));
        return parts;
    }
}
