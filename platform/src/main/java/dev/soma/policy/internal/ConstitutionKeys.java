package dev.soma.policy.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The keys of `rules` and `governance` that something here enforces, and what may stand under
/// them. A key that is not among them makes a document inadmissible: a rule that everybody believes
/// in and nobody checks is worse than none.
final class ConstitutionKeys {
    private static final long MAX_WALL_CLOCK_SECONDS = 600;
    private static final long MAX_CONCURRENT = 1_000_000;

    static final Map<String, Shape> RULES =
            new TreeMap<>(
                    Map.of(
                            "prohibited_actions", Shape.TEXTS,
                            "prohibited_domains", Shape.TEXTS,
                            "permitted_tool_categories", Shape.TEXTS,
                            "allow_forbidden", Shape.TRUTH,
                            "max_risk_score", Shape.FRACTION,
                            "max_risk", Shape.FRACTION,
                            "require_human_approval_above_risk", Shape.FRACTION,
                            "max_wall_clock_seconds", Shape.SECONDS,
                            "max_concurrent_operations", Shape.COUNT,
                            // Its entries are checked by whoever enforces them.
                            "refusals", Shape.LIST));

    static final Map<String, Shape> GOVERNANCE =
            new TreeMap<>(
                    Map.of(
                            "signature_threshold", Shape.THRESHOLD,
                            "valid_signers", Shape.TEXTS,
                            "audit_all_decisions", Shape.YES,
                            // Nothing here overrides a rule, so the document gets more than it
                            // asks for.
                            "emergency_override", Shape.TRUTH));

    private final Set<String> notEnforced;

    /// @param notEnforced keys, such as `rules.motto`, that the operator declares to be no rules
    ConstitutionKeys(Set<String> notEnforced) {
        this.notEnforced = Set.copyOf(notEnforced);
    }

    /// What may stand under a key.
    enum Shape {
        TEXTS("a list of strings") {
            @Override
            boolean fits(JsonValue value) {
                return value instanceof JsonArray(List<JsonValue> items)
                        && items.stream().allMatch(JsonValue.JsonString.class::isInstance);
            }
        },
        LIST("a list") {
            @Override
            boolean fits(JsonValue value) {
                return value instanceof JsonArray;
            }
        },
        TRUTH("true or false") {
            @Override
            boolean fits(JsonValue value) {
                return value instanceof JsonBoolean;
            }
        },
        YES("true, because every decision is audited here") {
            @Override
            boolean fits(JsonValue value) {
                return value instanceof JsonBoolean(boolean on) && on;
            }
        },
        FRACTION("a number from 0 to 1 with at most six decimals") {
            @Override
            boolean fits(JsonValue value) {
                return switch (value) {
                    case JsonInteger(var number) -> number.bitLength() < 2 && number.signum() >= 0;
                    case JsonFloat(double number) ->
                            number >= 0
                                    && number <= 1
                                    && new java.math.BigDecimal(Double.toString(number))
                                                    .stripTrailingZeros()
                                                    .scale()
                                            <= 6;
                    case null, default -> false;
                };
            }
        },
        SECONDS("a whole number from 1 to " + MAX_WALL_CLOCK_SECONDS) {
            @Override
            boolean fits(JsonValue value) {
                return isWhole(value, MAX_WALL_CLOCK_SECONDS);
            }
        },
        COUNT("a whole number from 1 to " + MAX_CONCURRENT) {
            @Override
            boolean fits(JsonValue value) {
                return isWhole(value, MAX_CONCURRENT);
            }
        },
        THRESHOLD("a whole number from 1 to 64") {
            @Override
            boolean fits(JsonValue value) {
                return isWhole(value, 64);
            }
        };

        private final String wording;

        Shape(String wording) {
            this.wording = wording;
        }

        abstract boolean fits(JsonValue value);

        private static boolean isWhole(JsonValue value, long max) {
            return value instanceof JsonInteger(var number)
                    && number.bitLength() < 32
                    && number.longValueExact() >= 1
                    && number.longValueExact() <= max;
        }
    }

    /// Empty when every key can be enforced.
    Optional<String> objection(JsonObject document) {
        return objection("rules", document, RULES)
                .or(() -> objection("governance", document, GOVERNANCE));
    }

    private Optional<String> objection(String part, JsonObject document, Map<String, Shape> known) {
        JsonObject keys = document.object(part).orElse(JsonValue.object().build());
        for (Map.Entry<String, JsonValue> entry : keys.members().entrySet()) {
            String name = part + "." + entry.getKey();
            Shape shape = known.get(entry.getKey());
            if (shape == null && !notEnforced.contains(name)) {
                return Optional.of(
                        "unknown_enforcement_key: nothing here enforces '%s'".formatted(name));
            }
            if (shape != null && !shape.fits(entry.getValue())) {
                return Optional.of("'%s' must be %s".formatted(name, shape.wording));
            }
        }
        return Optional.empty();
    }

    /// Rules that can never decide anything, such as a review above a risk that is refused anyway.
    static List<String> unreachable(JsonObject document) {
        ConstitutionRules rules = ConstitutionRules.compile(document);
        var max = rules.risk().maxMicro();
        var review = rules.risk().reviewAboveMicro();
        return max.isPresent() && review.isPresent() && review.getAsLong() >= max.getAsLong()
                ? List.of(
                        "unreachable_rule: what 'rules.require_human_approval_above_risk' would"
                                + " review, 'rules.max_risk_score' refuses")
                : List.of();
    }
}
