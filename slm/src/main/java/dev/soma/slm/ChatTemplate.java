package dev.soma.slm;

import java.util.List;

/// Renders a conversation as ChatML. The system message is always written out, because the model
/// file's own template adds one when it is missing and token counts would then differ.
final class ChatTemplate {
    static final String OPEN = "<|im_start|>";
    static final String CLOSE = "<|im_end|>";
    static final String DEFAULT_SYSTEM = "You are a helpful AI assistant.";

    private final ControlLiterals literals;

    ChatTemplate(ControlLiterals literals) {
        this.literals = literals;
    }

    /// A rendered prompt and the number of turn marks in it, each of which is one control token.
    record Rendered(String text, int marks) {}

    /// With `continued` the last message stays open and the answer goes on from its text.
    Rendered render(List<ChatMessage> messages, boolean continued) {
        StringBuilder text = new StringBuilder();
        int marks = 0;
        if (messages.getFirst().role() != ChatMessage.Role.SYSTEM) {
            turn(text, ChatMessage.Role.SYSTEM, DEFAULT_SYSTEM);
            marks += 2;
        }
        List<ChatMessage> closed = continued ? messages.subList(0, messages.size() - 1) : messages;
        for (ChatMessage message : closed) {
            turn(text, message.role(), literals.broken(message.content()));
            marks += 2;
        }
        text.append(OPEN).append(ChatMessage.Role.ASSISTANT.wireName()).append('\n');
        if (continued) {
            text.append(literals.broken(messages.getLast().content()));
        }
        return new Rendered(text.toString(), marks + 1);
    }

    private static void turn(StringBuilder text, ChatMessage.Role role, String content) {
        text.append(OPEN).append(role.wireName()).append('\n');
        text.append(content).append(CLOSE).append('\n');
    }
}
