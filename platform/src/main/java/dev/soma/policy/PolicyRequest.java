package dev.soma.policy;

import dev.soma.kernel.Work;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.Optional;

/// What is to be judged.
///
/// @param action such as `chat`
/// @param resource such as `model/slm/smollm2`
/// @param tool the tool to be called, by its id; its category and risk come from the registry,
/// never
/// from the caller
/// @param session empty when the request belongs to none
/// @param role in which the caller says to act; a claim, no right follows from it
/// @param metadata recorded with the decision and never a fact
public record PolicyRequest(
        String action,
        String resource,
        Optional<String> tool,
        String session,
        String role,
        Prompt prompt,
        JsonObject metadata) {

    /// A chat turn.
    public static PolicyRequest chat(String resource, String session, Prompt prompt) {
        return new PolicyRequest(
                "chat",
                resource,
                Optional.empty(),
                session,
                "user",
                prompt,
                JsonValue.object().build());
    }

    /// The same as a part of a project; its record names it, so that a decision leads to the
    /// project.
    public PolicyRequest madeFor(Optional<Work> work) {
        if (work.isEmpty()) {
            return this;
        }
        JsonObject named =
                JsonValue.object()
                        .put("project", work.get().project())
                        .put("task", work.get().task())
                        .build();
        return new PolicyRequest(action, resource, tool, session, role, prompt, named);
    }
}
