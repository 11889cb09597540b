package dev.soma.policy;

import dev.soma.policy.text.NormalText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a model would be given, and the same in normal form, which is made once however many look
/// at it. Thread-safe.
public final class Prompt {
    private final List<Message> messages;
    private volatile @Nullable List<NormalText> normal;

    /// @param role such as `user`
    public record Message(String role, String text) {}

    public Prompt(List<Message> messages) {
        this.messages = List.copyOf(messages);
    }

    /// In order; every role is judged.
    public List<Message> messages() {
        return messages;
    }

    /// The normal form of each message.
    public List<NormalText> normal() {
        List<NormalText> known = normal;
        if (known == null) {
            known = messages.stream().map(message -> NormalText.of(message.text())).toList();
            normal = known;
        }
        return known;
    }
}
