package dev.soma.policy;

import dev.soma.kernel.Violation;
import java.util.List;

/// What is to be judged.
///
/// @param action such as `chat`
/// @param resource such as `model/slm/smollm2`
/// @param messages role and text of each message, in order; every role is judged
/// @param moderation what moderation found before
public record PolicyRequest(
        String action, String resource, List<Message> messages, List<Violation> moderation) {
    public PolicyRequest {
        messages = List.copyOf(messages);
        moderation = List.copyOf(moderation);
    }

    public record Message(String role, String text) {}
}
