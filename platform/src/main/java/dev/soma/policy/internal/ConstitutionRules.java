package dev.soma.policy.internal;

import dev.soma.kernel.Violation;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The enforceable part of a constitution, compiled; each rule cites its key. Whether a document
/// can
/// be compiled at all says [ConstitutionKeys].
///
/// @param prohibitedActions that nothing can allow, whether asked for or done by a tool
/// @param prohibitedDomains where no tool may reach
/// @param permittedCategories of tools; empty when the document does not say
/// @param allowForbidden false when tools marked as forbidden may not be used
/// @param risk how dangerous a tool may be
/// @param maxWallClockSeconds the longest that a turn may take
/// @param maxConcurrent turns that may run at once in one tenant
record ConstitutionRules(
        Set<String> prohibitedActions,
        Set<String> prohibitedDomains,
        Optional<Set<String>> permittedCategories,
        boolean allowForbidden,
        Risk risk,
        long maxWallClockSeconds,
        OptionalLong maxConcurrent) {
    static final long DEFAULT_WALL_CLOCK_SECONDS = 120;

    /// No rules at all, for before the first constitution; nothing is judged by it.
    static final ConstitutionRules NONE = compile(JsonValue.object().build());

    /// Bounds of a tool's risk in millionths.
    ///
    /// @param maxMicro above it a tool is refused, as is one whose risk nobody knows
    /// @param reviewAboveMicro above it a person has to approve
    record Risk(OptionalLong maxMicro, OptionalLong reviewAboveMicro) {}

    static ConstitutionRules compile(JsonObject document) {
        JsonObject rules = document.object("rules").orElse(JsonValue.object().build());
        return new ConstitutionRules(
                Set.copyOf(rules.texts("prohibited_actions")),
                Set.copyOf(rules.texts("prohibited_domains")),
                rules.get("permitted_tool_categories")
                        .map(listed -> Set.copyOf(rules.texts("permitted_tool_categories"))),
                !rules.get("allow_forbidden").equals(Optional.of(new JsonBoolean(false))),
                new Risk(maxRisk(rules), micro(rules, "require_human_approval_above_risk")),
                whole(rules, "max_wall_clock_seconds").orElse(DEFAULT_WALL_CLOCK_SECONDS),
                whole(rules, "max_concurrent_operations"));
    }

    /// The stricter one where a document uses both names.
    private static OptionalLong maxRisk(JsonObject rules) {
        OptionalLong one = micro(rules, "max_risk_score");
        OptionalLong other = micro(rules, "max_risk");
        if (one.isEmpty() || other.isEmpty()) {
            return one.isPresent() ? one : other;
        }
        return OptionalLong.of(Math.min(one.getAsLong(), other.getAsLong()));
    }

    private static OptionalLong whole(JsonObject rules, String name) {
        return rules.members().get(name) instanceof JsonInteger(var number)
                ? OptionalLong.of(number.longValueExact())
                : OptionalLong.empty();
    }

    private static OptionalLong micro(JsonObject rules, String name) {
        BigDecimal value =
                switch (rules.members().get(name)) {
                    case JsonInteger(var number) -> new BigDecimal(number);
                    case JsonFloat(double number) -> new BigDecimal(Double.toString(number));
                    case null, default -> BigDecimal.ONE.negate();
                };
        return value.signum() < 0
                ? OptionalLong.empty()
                : OptionalLong.of(value.movePointRight(6).longValue());
    }

    /// What it refuses of such a request.
    List<Violation> denials(Facts facts) {
        List<Violation> violations = new ArrayList<>();
        Optional<Tool> tool = facts.tool();
        boolean prohibited =
                prohibitedActions.contains(facts.action())
                        || tool.filter(this::isProhibited).isPresent();
        if (prohibited) {
            violations.add(violation("prohibited_actions"));
        }
        if (tool.isEmpty()) {
            return violations;
        }
        if (tool.get().domains().stream().anyMatch(prohibitedDomains::contains)) {
            violations.add(violation("prohibited_domains"));
        }
        if (permittedCategories.isPresent()
                && !permittedCategories.get().contains(tool.get().category())) {
            violations.add(violation("permitted_tool_categories"));
        }
        if (!allowForbidden && tool.get().forbidden()) {
            violations.add(violation("allow_forbidden"));
        }
        if (risk.maxMicro().isPresent() && above(tool.get(), risk.maxMicro().getAsLong())) {
            violations.add(violation("max_risk_score"));
        }
        return violations;
    }

    private boolean isProhibited(Tool tool) {
        return prohibitedActions.contains(tool.id())
                || tool.actions().stream().anyMatch(prohibitedActions::contains);
    }

    /// What it wants a person to see first.
    List<Violation> reviews(Facts facts) {
        boolean review =
                risk.reviewAboveMicro().isPresent()
                        && facts.tool()
                                .filter(tool -> above(tool, risk.reviewAboveMicro().getAsLong()))
                                .isPresent();
        return review ? List.of(violation("require_human_approval_above_risk")) : List.of();
    }

    /// A risk that nobody knows is above every bound.
    private static boolean above(Tool tool, long boundMicro) {
        return tool.riskMicro().orElse(Long.MAX_VALUE) > boundMicro;
    }

    /// Breaking the constitution takes the whole score.
    private static Violation violation(String key) {
        return new Violation(key, "rules." + key, Evaluator.FULL_SCORE_MICRO, -1, -1);
    }
}
