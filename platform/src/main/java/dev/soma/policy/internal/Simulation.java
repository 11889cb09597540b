package dev.soma.policy.internal;

import dev.soma.constitution.Constitution;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.Verdict;
import dev.soma.policy.internal.Abstraction.Difference;
import dev.soma.policy.internal.DecisionRepository.Listed;
import dev.soma.policy.internal.DecisionRepository.Search;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Says what a draft would change: which recorded decisions, from what to what and by which rules,
/// and what becomes possible or impossible over the finite picture of all requests.
class Simulation {
    static final int MAX_DECISIONS = 1_000;
    private static final int MAX_LISTED = 500;

    private final DecisionRepository decisions;
    private final PolicyService policy;

    Simulation(DecisionRepository decisions, PolicyService policy) {
        this.decisions = decisions;
        this.policy = policy;
    }

    /// A constitution with a pack.
    record Law(Constitution constitution, RulePack pack) {}

    /// @param inForce of the tenant
    /// @param draft what would be in force
    /// @param last how many recorded decisions are judged again, 0 to 1000
    JsonObject run(ActorContext actor, Collection<Tool> tools, Law inForce, Law draft, int last) {
        List<Listed> recorded =
                last == 0 ? List.of() : decisions.search(actor, ALL, Math.min(last, MAX_DECISIONS));
        Map<String, byte[]> inputs =
                decisions.inputs(actor, recorded.stream().map(Listed::id).toList());
        List<JsonObject> changes = new ArrayList<>();
        for (Listed decision : recorded) {
            byte[] input = inputs.get(decision.id().toString());
            if (input != null) {
                change(decision, read(input), draft).ifPresent(changes::add);
            }
        }
        Abstraction.Comparison comparison =
                new Abstraction(tools).compare(abstracted(inForce), abstracted(draft));
        return JsonValue.object()
                .put("examined", inputs.size())
                .put("without_input", recorded.size() - inputs.size())
                .put("changes", JsonValue.array(changes))
                .put("newly_allowed", listed(comparison, wouldBe -> wouldBe == Verdict.Word.ALLOW))
                .put("newly_denied", listed(comparison, wouldBe -> wouldBe == Verdict.Word.DENY))
                .put(
                        "newly_reviewed",
                        listed(comparison, wouldBe -> wouldBe == Verdict.Word.REVIEW))
                .put("complete", JsonValue.of(comparison.complete()))
                .build();
    }

    private static final Search ALL =
            new Search(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());

    private static Abstraction.Law abstracted(Law law) {
        return new Abstraction.Law(
                ConstitutionRules.compile(law.constitution().document()), law.pack());
    }

    private static Facts read(byte[] input) {
        try {
            return Facts.read(StrictJson.parseObject(input));
        } catch (MalformedJson e) {
            throw new IllegalStateException("a kept input is not JSON any more", e);
        }
    }

    private Optional<JsonObject> change(Listed decision, Facts facts, Law draft) {
        Evaluator.Finding finding = policy.find(facts, draft.constitution(), draft.pack());
        String wouldBe = finding.word().wireName();
        if (wouldBe.equals(decision.answered().word())) {
            return Optional.empty();
        }
        return Optional.of(
                JsonValue.object()
                        .put("decision_id", decision.id().toString())
                        .put("from", decision.answered().word())
                        .put("to", wouldBe)
                        .put("rules_before", JsonValue.texts(decision.answered().rules()))
                        .put(
                                "rules_after",
                                JsonValue.texts(
                                        finding.violations().stream()
                                                .map(Violation::rule)
                                                .toList()))
                        .build());
    }

    private static JsonValue listed(
            Abstraction.Comparison comparison, Predicate<Verdict.Word> wanted) {
        return JsonValue.array(
                comparison.differences().stream()
                        .filter(difference -> wanted.test(difference.wouldBe()))
                        .limit(MAX_LISTED)
                        .map(Difference::document)
                        .toList());
    }
}
