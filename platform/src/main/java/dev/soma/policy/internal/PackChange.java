package dev.soma.policy.internal;

import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Says where one pack allows more than another. It errs on the careful side: a rule that was
/// changed in what it looks for counts as removed, even if the new one would find more.
final class PackChange {
    /// From the mildest to the strictest; redact and limit do different things, so neither replaces
    /// the other.
    private static final Map<String, Integer> STRICTNESS =
            Map.of("limit", 0, "redact", 0, "review", 1, "deny", 2);

    private PackChange() {}

    /// What becomes looser, in words; empty when nothing does.
    static List<String> loosens(JsonObject before, JsonObject after) {
        List<String> looser = new ArrayList<>();
        Set<JsonValue> permits = new HashSet<>(before.items("permits"));
        for (JsonValue permit : after.items("permits")) {
            if (permit instanceof JsonObject granted && !permits.contains(granted)) {
                looser.add(
                        "'%s' becomes possible with '%s'"
                                .formatted(
                                        granted.text("action").orElse(""),
                                        granted.text("capability").orElse("")));
            }
        }
        Map<String, JsonObject> rules = byName(after);
        byName(before)
                .forEach(
                        (name, old) -> {
                            JsonObject now = rules.get(name);
                            if (now == null) {
                                looser.add("the rule '%s' goes".formatted(name));
                            } else if (!holdsAsMuch(old, now)) {
                                looser.add(
                                        "the rule '%s' changes, and may find less or do less"
                                                .formatted(name));
                            }
                        });
        return looser;
    }

    private static Map<String, JsonObject> byName(JsonObject pack) {
        Map<String, JsonObject> rules = new HashMap<>();
        for (JsonValue item : pack.items("rules")) {
            if (item instanceof JsonObject rule) {
                rules.put(rule.text("name").orElse(""), rule);
            }
        }
        return rules;
    }

    private static boolean holdsAsMuch(JsonObject old, JsonObject now) {
        if (!test(old).equals(test(now))) {
            return false;
        }
        String was = old.text("effect").orElse("deny");
        String is = now.text("effect").orElse("deny");
        boolean sameBound = old.get("max_tokens").equals(now.get("max_tokens"));
        return was.equals(is)
                ? sameBound
                : STRICTNESS.getOrDefault(is, -1) > STRICTNESS.getOrDefault(was, 3);
    }

    /// Everything that says when the rule is met.
    private static String test(JsonObject rule) {
        var test = JsonValue.object();
        for (String member :
                List.of("pattern", "match", "regex", "condition", "sequence", "tools", "actions")) {
            rule.get(member).ifPresent(value -> test.put(member, value));
        }
        return CanonicalJson.JCS.text(test.build());
    }
}
