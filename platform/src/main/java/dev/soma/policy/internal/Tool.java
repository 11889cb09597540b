package dev.soma.policy.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/// What the platform's own registry says of a tool; callers cannot say it.
///
/// @param category one of the constitution's tool categories, or empty
/// @param riskMicro how dangerous it is, 0 to 1,000,000; empty when nobody has judged it
/// @param forbidden whether it is one of the things that `allow_forbidden` is about
/// @param actions what it does, in the words of `prohibited_actions`
/// @param domains where it reaches
record Tool(
        String id,
        String category,
        OptionalLong riskMicro,
        boolean forbidden,
        Set<String> actions,
        Set<String> domains) {
    Tool {
        actions = Set.copyOf(actions);
        domains = Set.copyOf(domains);
    }

    /// A tool that the registry does not know: without category and without risk.
    static Tool unknown(String id) {
        return new Tool(id, "", OptionalLong.empty(), false, Set.of(), Set.of());
    }

    /// Reads what [#document] wrote.
    static Tool read(JsonObject document) {
        return new Tool(
                document.text("id").orElse(""),
                document.text("category").orElse(""),
                document.members().get("risk_micro") instanceof JsonInteger(var risk)
                        ? OptionalLong.of(risk.longValueExact())
                        : OptionalLong.empty(),
                document.get("forbidden").equals(Optional.of(JsonValue.of(true))),
                Set.copyOf(document.texts("actions")),
                Set.copyOf(document.texts("domains")));
    }

    JsonObject document() {
        var document =
                JsonValue.object()
                        .put("id", id)
                        .put("category", category)
                        .put("forbidden", JsonValue.of(forbidden))
                        .put("actions", JsonValue.texts(new TreeSet<>(actions).stream().toList()))
                        .put("domains", JsonValue.texts(new TreeSet<>(domains).stream().toList()));
        riskMicro.ifPresent(risk -> document.put("risk_micro", risk));
        return document.build();
    }
}
