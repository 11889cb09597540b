package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Violation;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.PolicyRequest.Message;
import dev.soma.policy.Verdict;
import dev.soma.policy.internal.Conditions.Result;
import dev.soma.policy.internal.RulePack.GrantedAction;
import dev.soma.policy.text.NormalText;
import dev.soma.policy.text.PhraseSearch.Hit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Pure: rules and a request in, violations out, in a fixed order. A rule counts once, however
/// often it matches.
final class Evaluator {
    static final long FULL_SCORE_MICRO = 1_000_000;

    private Evaluator() {}

    /// What the rules found.
    ///
    /// @param review whether every violation asks for a person rather than a refusal
    record Finding(List<Violation> violations, boolean review) {
        Verdict.Word word() {
            if (violations.isEmpty()) {
                return Verdict.Word.ALLOW;
            }
            return review ? Verdict.Word.REVIEW : Verdict.Word.DENY;
        }

        /// 1,000,000 less the weights, not below 0: exact, whatever the order.
        long scoreMicro() {
            long weights =
                    violations.stream().mapToLong(Violation::weightMicro).reduce(0, Math::addExact);
            return Math.max(0, FULL_SCORE_MICRO - weights);
        }
    }

    static Finding evaluate(
            ActorContext actor,
            PolicyRequest request,
            ConstitutionRules constitution,
            RulePack pack) {
        List<Violation> violations = new ArrayList<>();
        if (!permitted(actor, request, pack)) {
            violations.add(whole("default-deny", "", FULL_SCORE_MICRO));
        }
        if (constitution.prohibitedActions().contains(request.action())) {
            violations.add(
                    whole("prohibited_actions", "rules.prohibited_actions", FULL_SCORE_MICRO));
        }
        violations.addAll(request.moderation());
        boolean refused = !violations.isEmpty();
        List<NormalText> texts =
                request.messages().stream().map(message -> NormalText.of(message.text())).toList();
        Map<Rule, Violation> matches = new HashMap<>();
        literals(pack, texts, matches);
        Map<String, Object> facts = facts(actor, request);
        for (Rule rule : pack.rules()) {
            test(rule, texts, facts, matches);
            Violation match = matches.get(rule);
            if (match != null) {
                violations.add(match);
                refused |= !rule.review() || match.rule().endsWith("#failed");
            }
        }
        return new Finding(violations, !refused);
    }

    private static boolean permitted(ActorContext actor, PolicyRequest request, RulePack pack) {
        return pack.permits().stream()
                .filter(permit -> permit.action().equals(request.action()))
                .map(GrantedAction::capability)
                .anyMatch(actor.actor()::holds);
    }

    private static void literals(
            RulePack pack, List<NormalText> texts, Map<Rule, Violation> matches) {
        for (NormalText text : texts) {
            for (Hit hit : pack.literals().search(text)) {
                Rule rule = pack.literalRules().get(hit.phrase());
                matches.putIfAbsent(rule, violation(rule, hit.start(), hit.end()));
            }
        }
    }

    private static void test(
            Rule rule,
            List<NormalText> texts,
            Map<String, Object> facts,
            Map<Rule, Violation> matches) {
        switch (rule.test()) {
            case Rule.Test.Literal literal -> {}
            case Rule.Test.Regex(var pattern) -> {
                for (NormalText text : texts) {
                    var matcher = pattern.matcher(text.toString());
                    boolean found = matcher.find();
                    while (found && matcher.end() == matcher.start()) {
                        found = matcher.find();
                    }
                    if (found) {
                        matches.putIfAbsent(
                                rule,
                                violation(
                                        rule,
                                        text.origin(matcher.start()),
                                        text.origin(matcher.end() - 1) + 1));
                    }
                }
            }
            case Rule.Test.Condition(var program) -> {
                switch (Conditions.evaluate(program, facts)) {
                    case Result.NO_MATCH -> {}
                    case Result.MATCH -> matches.put(rule, violation(rule, -1, -1));
                    case Result.FAILED ->
                            matches.put(
                                    rule,
                                    whole(
                                            rule.name() + "#failed",
                                            rule.article(),
                                            FULL_SCORE_MICRO));
                }
            }
        }
    }

    private static Map<String, Object> facts(ActorContext actor, PolicyRequest request) {
        List<String> texts = request.messages().stream().map(Message::text).toList();
        return Map.of(
                "action", request.action(),
                "resource", request.resource(),
                "tenant", actor.tenant().value(),
                "user", actor.actor().user().value(),
                "capabilities", actor.actor().capabilities().stream().sorted().toList(),
                "messages", (long) texts.size(),
                "characters", texts.stream().mapToLong(String::length).sum(),
                "texts", texts);
    }

    private static Violation violation(Rule rule, int start, int end) {
        return new Violation(rule.name(), rule.article(), rule.weightMicro(), start, end);
    }

    private static Violation whole(String rule, String article, long weightMicro) {
        return new Violation(rule, article, weightMicro, -1, -1);
    }
}
