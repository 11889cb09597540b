package dev.soma.policy.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.Prompt;
import dev.soma.policy.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/// Compares two laws, each a constitution with a pack, over a finite picture of all requests: every
/// capability that either names, on every action, with every tool of the registry and one that it
/// does not know, at every band of risk that either constitution tells apart. Texts are left out:
/// what rules say of texts is what
/// replaying recorded decisions shows.
final class Abstraction {
    static final int MAX_REQUESTS = 200_000;
    private static final String UNKNOWN_TOOL = "unknown-tool";

    private final Collection<Tool> tools;

    Abstraction(Collection<Tool> tools) {
        this.tools = List.copyOf(tools);
    }

    /// What requests are judged by.
    record Law(ConstitutionRules constitution, RulePack pack) {}

    /// One request of the picture that the packs judge differently.
    record Difference(
            String capability, String action, Tool tool, Verdict.Word was, Verdict.Word wouldBe) {
        JsonObject document() {
            var document =
                    JsonValue.object()
                            .put("capability", capability)
                            .put("action", action)
                            .put("tool", tool.id())
                            .put("from", was.wireName())
                            .put("to", wouldBe.wireName());
            tool.riskMicro().ifPresent(risk -> document.put("risk_micro", risk));
            return document.build();
        }
    }

    /// @param complete false when the picture has more requests than are looked at
    record Comparison(List<Difference> differences, boolean complete) {}

    Comparison compare(Law before, Law after) {
        List<Difference> differences = new ArrayList<>();
        List<Law> laws = List.of(before, after);
        List<Tool> banded = banded(laws);
        int asked = 0;
        for (String capability : capabilities(laws)) {
            for (String action : actions(laws)) {
                for (Tool tool : banded) {
                    if (++asked > MAX_REQUESTS) {
                        return new Comparison(differences, false);
                    }
                    Facts facts = facts(capability, action, tool);
                    Verdict.Word was = word(facts, before);
                    Verdict.Word wouldBe = word(facts, after);
                    if (was != wouldBe) {
                        differences.add(new Difference(capability, action, tool, was, wouldBe));
                    }
                }
            }
        }
        return new Comparison(differences, true);
    }

    private static Verdict.Word word(Facts facts, Law law) {
        return Evaluator.evaluate(facts, law.constitution(), law.pack(), List.of()).word();
    }

    private static Set<String> capabilities(List<Law> laws) {
        Set<String> capabilities = new TreeSet<>(Set.of("none"));
        for (Law law : laws) {
            law.pack().permits().forEach(permit -> capabilities.add(permit.capability()));
        }
        return capabilities;
    }

    private static Set<String> actions(List<Law> laws) {
        Set<String> actions = new TreeSet<>();
        for (Law law : laws) {
            actions.addAll(law.constitution().prohibitedActions());
            law.pack().permits().forEach(permit -> actions.add(permit.action()));
            law.pack().rules().forEach(rule -> actions.addAll(rule.actions()));
        }
        return actions;
    }

    /// Each tool as the registry has it, and as it would be at each band of risk.
    private List<Tool> banded(List<Law> laws) {
        Set<Long> risks = risks(laws);
        List<Tool> banded = new ArrayList<>();
        banded.add(Tool.unknown(""));
        banded.add(Tool.unknown(UNKNOWN_TOOL));
        for (Tool tool : tools) {
            banded.add(tool);
            for (long risk : risks) {
                banded.add(
                        new Tool(
                                tool.id(),
                                tool.category(),
                                OptionalLong.of(risk),
                                tool.forbidden(),
                                tool.actions(),
                                tool.domains()));
            }
        }
        return banded;
    }

    /// Each bound that a law draws, and the first value above it.
    private static Set<Long> risks(List<Law> laws) {
        Set<Long> risks = new TreeSet<>(Set.of(0L, Evaluator.FULL_SCORE_MICRO));
        for (Law law : laws) {
            ConstitutionRules.Risk risk = law.constitution().risk();
            for (OptionalLong bound : List.of(risk.maxMicro(), risk.reviewAboveMicro())) {
                bound.ifPresent(
                        value -> {
                            risks.add(value);
                            risks.add(Math.min(Evaluator.FULL_SCORE_MICRO, value + 1));
                        });
            }
        }
        return risks;
    }

    private static Facts facts(String capability, String action, Tool tool) {
        return new Facts(
                "abstract",
                "abstract",
                Set.of(capability),
                action,
                "abstract",
                tool.id().isEmpty() ? Optional.empty() : Optional.of(tool),
                "",
                "user",
                new Prompt(List.of()),
                JsonValue.object().build(),
                0,
                Map.of());
    }
}
