package dev.soma.moderation;

import dev.soma.constitution.Constitution;
import dev.soma.kernel.Violation;
import dev.soma.policy.PolicyRequest.Message;
import java.util.List;

/// Finds what the constitution refuses. Thread-safe; reads memory only.
public interface InputModerator {
    /// One violation for each refusal of the constitution that any message meets, naming its
    /// article.
    List<Violation> check(Constitution constitution, List<Message> messages);
}
