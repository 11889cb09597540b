package dev.soma.slm;

import java.util.List;

/// Turns a conversation into the prompt the model reads, with its exact token count.
record ChatPrompt(String text, int tokens) {

    static ChatPrompt of(Engine engine, List<ChatMessage> messages, boolean continued) {
        ChatTemplate.Rendered rendered =
                new ChatTemplate(engine.literals()).render(messages, continued);
        int[] tokens = engine.encode(rendered.text());
        // Asserted here as well as by breaking the literals: only our marks may be control tokens.
        if (engine.chatMl()
                && engine.controlTokens(tokens)
                        != rendered.marks() + engine.controlTokens(engine.encode(""))) {
            throw new IllegalStateException("the prompt holds control tokens from outside");
        }
        return new ChatPrompt(rendered.text(), tokens.length);
    }
}
