package dev.soma.policy.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The enforceable part of a constitution. A key that is not enforced here makes the document
/// inadmissible: a rule
/// that everybody believes in and nobody checks is worse than none.
///
/// @param prohibitedActions actions that nothing can allow
/// @param maxWallClockSeconds the longest that a turn may take
record ConstitutionRules(Set<String> prohibitedActions, long maxWallClockSeconds) {
    static final long DEFAULT_WALL_CLOCK_SECONDS = 120;
    private static final long MAX_WALL_CLOCK_SECONDS = 600;
    private static final Set<String> RULE_KEYS =
            Set.of("prohibited_actions", "max_wall_clock_seconds", "refusals");
    private static final Set<String> GOVERNANCE_KEYS =
            Set.of("signature_threshold", "valid_signers", "audit_all_decisions");

    static ConstitutionRules compile(JsonObject document) {
        JsonObject rules = document.object("rules").orElse(JsonValue.object().build());
        long seconds =
                rules.members().get("max_wall_clock_seconds") instanceof JsonInteger(var number)
                        ? number.longValueExact()
                        : DEFAULT_WALL_CLOCK_SECONDS;
        return new ConstitutionRules(Set.copyOf(rules.texts("prohibited_actions")), seconds);
    }

    /// Empty when every key can be enforced.
    static Optional<String> objection(JsonObject document) {
        JsonObject rules = document.object("rules").orElse(JsonValue.object().build());
        JsonObject governance = document.object("governance").orElse(JsonValue.object().build());
        return unknown("rules", rules, RULE_KEYS)
                .or(() -> unknown("governance", governance, GOVERNANCE_KEYS))
                .or(() -> strings(rules, "prohibited_actions"))
                .or(() -> strings(governance, "valid_signers"))
                .or(() -> range(rules, "max_wall_clock_seconds", MAX_WALL_CLOCK_SECONDS))
                .or(() -> range(governance, "signature_threshold", 64))
                .or(() -> auditsEverything(governance));
    }

    private static Optional<String> unknown(String part, JsonObject object, Set<String> known) {
        return object.members().keySet().stream()
                .filter(key -> !known.contains(key))
                .findFirst()
                .map(
                        key ->
                                "unknown_enforcement_key: nothing here enforces '%s.%s'"
                                        .formatted(part, key));
    }

    private static Optional<String> strings(JsonObject object, String name) {
        boolean good =
                object.get(name).isEmpty()
                        || (object.get(name).get() instanceof JsonArray(List<JsonValue> items)
                                && items.size() == object.texts(name).size());
        return good
                ? Optional.empty()
                : Optional.of("'%s' must be a list of strings".formatted(name));
    }

    private static Optional<String> range(JsonObject object, String name, long max) {
        Optional<JsonValue> value = object.get(name);
        boolean good =
                value.isEmpty()
                        || (value.get() instanceof JsonInteger(var number)
                                && number.bitLength() < 32
                                && number.longValueExact() >= 1
                                && number.longValueExact() <= max);
        return good
                ? Optional.empty()
                : Optional.of("'%s' must be a whole number from 1 to %d".formatted(name, max));
    }

    /// Here every decision is audited, so a document that asks for less cannot be honoured.
    private static Optional<String> auditsEverything(JsonObject governance) {
        boolean good =
                governance
                        .get("audit_all_decisions")
                        .map(value -> value instanceof JsonBoolean(boolean on) && on)
                        .orElse(true);
        return good ? Optional.empty() : Optional.of("'audit_all_decisions' must be true");
    }
}
