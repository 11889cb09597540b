package dev.soma.gateway.internal;

import dev.soma.gateway.internal.EvaluationRoutes.Question;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// The body of `POST /v1/evaluate`. `metadata.action` and `metadata.tool` say what is asked about;
/// what a tool is and how dangerous it is, the registry says.
final class EvaluateBody {
    static final int MAX_PROMPT_BYTES = 64 * 1024;
    static final int MAX_NAME = 128;
    private static final int MAX_METADATA_KEYS = 256;
    private static final int MAX_METADATA_DEPTH = 16;

    private EvaluateBody() {}

    static Question read(ActorContext caller, BodyReader body) {
        String session = body.optionalText("session_id").orElse("");
        bounded(body, "session_id", session);
        Optional<String> tenant = body.optionalText("tenant");
        if (tenant.isPresent() && !tenant.get().equals(caller.tenant().value())) {
            throw body.refused("tenant", "must be the caller's own");
        }
        Optional<String> user = body.optionalText("user");
        String role = body.optionalText("role").orElse("user");
        bounded(body, "role", role);
        String text = body.optionalText("prompt").orElse("");
        if (text.getBytes(StandardCharsets.UTF_8).length > MAX_PROMPT_BYTES) {
            throw body.refused("prompt", "may have %d bytes".formatted(MAX_PROMPT_BYTES));
        }
        JsonObject metadata = metadata(body, "metadata");
        body.finish();
        Optional<String> tool = name(body, metadata, "tool");
        String action =
                name(body, metadata, "action").orElse(tool.isPresent() ? "tool.call" : "chat");
        String resource =
                name(body, metadata, "resource")
                        .orElse(tool.map(id -> "tool/" + id).orElse("session/" + session));
        return new Question(
                user,
                new PolicyRequest(
                        action, resource, tool, session, role, prompt(role, text), metadata));
    }

    static Prompt prompt(String role, String text) {
        return new Prompt(text.isEmpty() ? List.of() : List.of(new Message(role, text)));
    }

    private static Optional<String> name(BodyReader body, JsonObject metadata, String key) {
        Optional<JsonValue> value = metadata.get(key);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (value.get() instanceof JsonString(String text)
                && !text.isEmpty()
                && text.length() <= MAX_NAME) {
            return Optional.of(text);
        }
        throw body.refused(
                "metadata/" + key, "must be a string of 1 to %d characters".formatted(MAX_NAME));
    }

    static void bounded(BodyReader body, String name, String value) {
        if (value.length() > MAX_NAME) {
            throw body.refused(name, "may have %d characters".formatted(MAX_NAME));
        }
    }

    /// An object of bounded size and depth; an empty one where there is none.
    static JsonObject metadata(BodyReader body, String name) {
        Optional<JsonValue> value = body.value(name);
        if (value.isEmpty()) {
            return JsonValue.object().build();
        }
        if (!(value.get() instanceof JsonObject object)) {
            throw body.refused(name, "must be an object");
        }
        if (!CanonicalJson.JCS.canWrite(object)) {
            throw body.refused(name, "may have no integer beyond 2^53");
        }
        if (keys(object, 1) > MAX_METADATA_KEYS) {
            throw body.refused(
                    name,
                    "may have %d members and be nested %d deep"
                            .formatted(MAX_METADATA_KEYS, MAX_METADATA_DEPTH));
        }
        return object;
    }

    /// The number of members at all depths; more than allowed where it is nested too deeply.
    private static int keys(JsonValue value, int depth) {
        if (depth > MAX_METADATA_DEPTH) {
            return MAX_METADATA_KEYS + 1;
        }
        int count = 0;
        if (value instanceof JsonObject object) {
            for (JsonValue member : object.members().values()) {
                count += 1 + keys(member, depth + 1);
            }
        } else if (value instanceof JsonArray(List<JsonValue> items)) {
            for (JsonValue item : items) {
                count += keys(item, depth + 1);
            }
        }
        return count;
    }
}
