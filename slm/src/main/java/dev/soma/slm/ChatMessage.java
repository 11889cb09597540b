package dev.soma.slm;

import java.util.Locale;

/// One turn of a conversation.
record ChatMessage(Role role, String content) {

    /// Who speaks.
    enum Role {
        SYSTEM,
        USER,
        ASSISTANT;

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
