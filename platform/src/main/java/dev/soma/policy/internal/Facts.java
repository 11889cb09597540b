package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.text.NormalText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Everything that a judgement rests on; two judgements of equal facts under equal rules are equal.
///
/// @param tool what the registry says of the tool that is asked for
/// @param nowSeconds since 1970, as the rules see it
/// @param observed what sequence rules observe, by their names; empty until they were asked
record Facts(
        String tenant,
        String user,
        Set<String> capabilities,
        String action,
        String resource,
        Optional<Tool> tool,
        String session,
        String role,
        Prompt prompt,
        JsonObject metadata,
        long nowSeconds,
        Map<String, Long> observed) {

    static Facts of(
            ActorContext actor, PolicyRequest request, Optional<Tool> tool, long nowSeconds) {
        return new Facts(
                actor.tenant().value(),
                actor.actor().user().value(),
                actor.actor().capabilities(),
                request.action(),
                request.resource(),
                tool,
                request.session(),
                request.role(),
                request.prompt(),
                request.metadata(),
                nowSeconds,
                Map.of());
    }

    /// The same at no particular time.
    Facts timeless() {
        return new Facts(
                tenant,
                user,
                capabilities,
                action,
                resource,
                tool,
                session,
                role,
                prompt,
                metadata,
                0,
                Map.of());
    }

    boolean holds(String capability) {
        return capabilities.contains(capability) || capabilities.contains("*");
    }

    /// The facts in the names and types of conditions.
    Map<String, Object> variables() {
        Map<String, Object> variables = new HashMap<>();
        List<String> texts = prompt.messages().stream().map(Prompt.Message::text).toList();
        variables.put("tenant", tenant);
        variables.put("user", user);
        variables.put("capabilities", new TreeSet<>(capabilities).stream().toList());
        variables.put("action", action);
        variables.put("resource", resource);
        variables.put("tool", tool.map(Tool::id).orElse(""));
        variables.put("tool_category", tool.map(Tool::category).orElse(""));
        variables.put("risk", riskOr(-1));
        variables.put("session", session);
        variables.put("role", role);
        variables.put("now", nowSeconds);
        variables.put("messages", (long) texts.size());
        variables.put("characters", texts.stream().mapToLong(String::length).sum());
        variables.put("texts", texts);
        variables.put(
                "text",
                prompt.normal().stream()
                        .map(NormalText::toString)
                        .collect(Collectors.joining("\n")));
        return variables;
    }

    private double riskOr(double unknown) {
        return tool.filter(known -> known.riskMicro().isPresent())
                .map(known -> known.riskMicro().getAsLong() / 1e6)
                .orElse(unknown);
    }

    /// The form in which they are hashed, kept and judged again.
    ///
    /// @param salt makes the hash say nothing about its content to who does not have this document
    JsonObject document(String salt) {
        var document =
                JsonValue.object()
                        .put("v", 1)
                        .put("salt", salt)
                        .put("tenant", tenant)
                        .put("user", user)
                        .put(
                                "capabilities",
                                JsonValue.texts(new TreeSet<>(capabilities).stream().toList()))
                        .put("action", action)
                        .put("resource", resource)
                        .put("session", session)
                        .put("role", role)
                        .put("now_s", nowSeconds)
                        .put("metadata", metadata)
                        .put(
                                "messages",
                                JsonValue.array(
                                        prompt.messages().stream().map(Facts::message).toList()));
        tool.ifPresent(known -> document.put("tool", known.document()));
        if (!observed.isEmpty()) {
            var values = JsonValue.object();
            observed.forEach(values::put);
            document.put("observed", values.build());
        }
        return document.build();
    }

    /// Reads what [#document] wrote.
    static Facts read(JsonObject document) {
        List<Prompt.Message> messages = new ArrayList<>();
        for (JsonValue item : document.items("messages")) {
            if (item instanceof JsonObject message) {
                messages.add(
                        new Prompt.Message(
                                message.text("role").orElse(""), message.text("text").orElse("")));
            }
        }
        return new Facts(
                document.text("tenant").orElse(""),
                document.text("user").orElse(""),
                Set.copyOf(document.texts("capabilities")),
                document.text("action").orElse(""),
                document.text("resource").orElse(""),
                document.object("tool").map(Tool::read),
                document.text("session").orElse(""),
                document.text("role").orElse(""),
                new Prompt(messages),
                document.object("metadata").orElse(JsonValue.object().build()),
                whole(document, "now_s"),
                observed(document));
    }

    private static long whole(JsonObject document, String name) {
        return document.members().get(name) instanceof JsonInteger(var number)
                ? number.longValueExact()
                : 0;
    }

    private static Map<String, Long> observed(JsonObject document) {
        Map<String, Long> observed = new HashMap<>();
        JsonObject values = document.object("observed").orElse(JsonValue.object().build());
        values.members().keySet().forEach(rule -> observed.put(rule, whole(values, rule)));
        return observed;
    }

    /// The same with what sequence rules observe.
    Facts observing(Map<String, Long> values) {
        return new Facts(
                tenant,
                user,
                capabilities,
                action,
                resource,
                tool,
                session,
                role,
                prompt,
                metadata,
                nowSeconds,
                values);
    }

    private static JsonObject message(Prompt.Message message) {
        return JsonValue.object().put("role", message.role()).put("text", message.text()).build();
    }
}
