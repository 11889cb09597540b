package dev.soma.policy.internal;

import com.google.re2j.Pattern;
import dev.cel.runtime.CelRuntime;
import dev.soma.kernel.Violation;
import dev.soma.policy.Obligation;
import dev.soma.policy.Verdict;
import dev.soma.policy.internal.Conditions.Result;
import dev.soma.policy.internal.RulePack.GrantedAction;
import dev.soma.policy.text.NormalText;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Pure: rules and facts in, violations and obligations out, in a fixed order: the missing permit,
/// the constitution, its refusals, the pack in its own order. A rule counts once, however often it
/// matches. A rule that cannot be evaluated denies. Not thread-safe; one for each judgement.
final class Evaluator {
    static final long FULL_SCORE_MICRO = 1_000_000;
    private static final int MAX_REDACTIONS = 1_000;

    private final Facts facts;
    private final RulePack pack;

    /// For each rule that was met, where first; for each that could not be evaluated, nothing.
    private final Map<Integer, Span> matches = new TreeMap<>();

    private final BitSet failed = new BitSet();
    private final BitSet candidates = new BitSet();
    private final List<Obligation> redactions = new ArrayList<>();
    private final List<SequenceStore.Step> steps = new ArrayList<>();
    private @Nullable Map<String, Object> variables;

    private Evaluator(Facts facts, RulePack pack) {
        this.facts = facts;
        this.pack = pack;
    }

    /// Where a rule was met, in the original text; -1 when it is not about text.
    private record Span(int message, int start, int end) {
        static final Span NONE = new Span(-1, -1, -1);
    }

    /// What the rules found.
    ///
    /// @param steps sequence rules that have not been asked yet
    record Finding(
            Verdict.Word word,
            List<Violation> violations,
            List<Obligation> obligations,
            List<SequenceStore.Step> steps) {
        /// 1,000,000 less the weights, not below 0: exact, whatever the order.
        long scoreMicro() {
            long weights =
                    violations.stream().mapToLong(Violation::weightMicro).reduce(0, Math::addExact);
            return Math.max(0, FULL_SCORE_MICRO - weights);
        }
    }

    /// @param refusals those of the constitution that the prompt meets
    static Finding evaluate(
            Facts facts, ConstitutionRules constitution, RulePack pack, List<Violation> refusals) {
        List<Violation> denied = new ArrayList<>();
        if (!permitted(facts, pack)) {
            denied.add(whole("default-deny", ""));
        }
        denied.addAll(constitution.denials(facts));
        denied.addAll(refusals);
        Evaluator evaluator = new Evaluator(facts, pack);
        evaluator.match();
        return evaluator.finding(denied, constitution.reviews(facts));
    }

    /// What the pack's rules say when every one of them is asked, with none of the indexes that
    /// spare
    /// most of them. Two findings that [#agrees] cannot tell apart are the same verdict.
    static Finding evaluatePlainly(Facts facts, RulePack pack) {
        Evaluator evaluator = new Evaluator(facts, pack);
        evaluator.candidates.set(0, pack.rules().size());
        List<NormalText> texts = facts.prompt().normal();
        for (int message = 0; message < texts.size(); message++) {
            int at = message;
            NormalText text = texts.get(message);
            pack.phrases()
                    .scanPlainly(
                            text,
                            (phrase, first, last) ->
                                    evaluator.found(phrase, at, text, first, last));
        }
        evaluator.candidates.stream().forEach(evaluator::test);
        return evaluator.finding(new ArrayList<>(), List.of());
    }

    /// Whether the pack's part of a finding is the same; where first a rule was met may differ.
    static boolean agrees(Finding indexed, Finding plain, RulePack pack) {
        Set<String> own = new HashSet<>();
        pack.rules().forEach(rule -> own.add(rule.name()));
        return broken(indexed, own).equals(broken(plain, own))
                && Set.copyOf(indexed.steps()).equals(Set.copyOf(plain.steps()));
    }

    private static Set<String> broken(Finding finding, Set<String> own) {
        Set<String> names = new HashSet<>();
        finding.violations().stream()
                .map(Violation::rule)
                .filter(own::contains)
                .forEach(names::add);
        return names;
    }

    private static boolean permitted(Facts facts, RulePack pack) {
        return pack.permits().stream()
                .filter(permit -> permit.action().equals(facts.action()))
                .map(GrantedAction::capability)
                .anyMatch(facts::holds);
    }

    private void match() {
        pack.candidates(facts, candidates::set);
        List<NormalText> texts = facts.prompt().normal();
        for (int message = 0; message < texts.size(); message++) {
            int at = message;
            NormalText text = texts.get(message);
            pack.phrases()
                    .scan(text, (phrase, first, last) -> found(phrase, at, text, first, last));
        }
        candidates.stream().forEach(this::test);
    }

    private void found(int phrase, int message, NormalText text, int first, int last) {
        int rule = pack.owner(phrase);
        if (!pack.rules().get(rule).concerns(facts)) {
            return;
        }
        if (pack.rules().get(rule).test() instanceof Rule.Test.Literal) {
            met(rule, new Span(message, text.origin(first), text.origin(last) + 1));
        } else {
            candidates.set(rule);
        }
    }

    private void met(int index, Span span) {
        matches.putIfAbsent(index, span);
        Rule rule = pack.rules().get(index);
        if (rule.effect() == Rule.Effect.REDACT) {
            if (redactions.size() == MAX_REDACTIONS) {
                failed.set(index);
            } else {
                redactions.add(
                        new Obligation.Redact(
                                rule.name(), span.message(), span.start(), span.end()));
            }
        }
    }

    private void test(int index) {
        Rule rule = pack.rules().get(index);
        if (!rule.concerns(facts)) {
            return;
        }
        switch (rule.test()) {
            case Rule.Test.Literal literal -> {}
            case Rule.Test.Sequence(SequenceRule spec) -> sequence(index, rule, spec);
            case Rule.Test.Regex(Pattern pattern) -> search(index, pattern);
            case Rule.Test.Condition(var program) -> {
                switch (Conditions.evaluate(program, variables())) {
                    case Result.NO_MATCH -> {}
                    case Result.MATCH -> matches.put(index, Span.NONE);
                    case Result.FAILED -> failed.set(index);
                }
            }
        }
    }

    /// Looks at a sequence rule's observation; where there is none yet, notes what to ask.
    private void sequence(int index, Rule rule, SequenceRule spec) {
        Result bounded = condition(spec.when(), Result.MATCH);
        Result asked = condition(spec.before(), Result.NO_MATCH);
        if (bounded == Result.FAILED || asked == Result.FAILED) {
            failed.set(index);
            return;
        }
        boolean counts = bounded == Result.MATCH;
        boolean notes = asked == Result.MATCH;
        Long observed = facts.observed().get(rule.name());
        if (counts && observed != null && spec.isBroken(observed)) {
            matches.put(index, Span.NONE);
        }
        if (facts.observed().isEmpty() && (counts || notes)) {
            steps.add(
                    new SequenceStore.Step(
                            rule.name(),
                            spec,
                            spec.scopeKey(facts),
                            spec.amount(facts),
                            spec.value(facts),
                            counts,
                            notes));
        }
    }

    private Result condition(Optional<CelRuntime.Program> program, Result otherwise) {
        return program.map(known -> Conditions.evaluate(known, variables())).orElse(otherwise);
    }

    private Map<String, Object> variables() {
        Map<String, Object> known = variables;
        if (known == null) {
            known = facts.variables();
            variables = known;
        }
        return known;
    }

    private void search(int index, Pattern pattern) {
        boolean every = pack.rules().get(index).effect() == Rule.Effect.REDACT;
        List<NormalText> texts = facts.prompt().normal();
        for (int message = 0; message < texts.size(); message++) {
            NormalText text = texts.get(message);
            var matcher = pattern.matcher(text.toString());
            boolean more = true;
            while (more && matcher.find()) {
                if (matcher.end() > matcher.start()) {
                    met(
                            index,
                            new Span(
                                    message,
                                    text.origin(matcher.start()),
                                    text.origin(matcher.end() - 1) + 1));
                    more = every && !failed.get(index);
                }
            }
            if (!every && matches.containsKey(index)) {
                return;
            }
        }
    }

    private Finding finding(List<Violation> denied, List<Violation> reviewed) {
        List<Violation> violations = new ArrayList<>(denied);
        violations.addAll(reviewed);
        boolean refused = !denied.isEmpty();
        List<Obligation> obligations = new ArrayList<>();
        reviewed.forEach(
                review -> obligations.add(new Obligation.RequireHumanApproval(review.rule())));
        failed.stream().forEach(index -> matches.put(index, Span.NONE));
        for (Map.Entry<Integer, Span> match : matches.entrySet()) {
            Rule rule = pack.rules().get(match.getKey());
            if (failed.get(match.getKey())) {
                violations.add(whole(rule.name() + "#failed", rule.article()));
                refused = true;
                continue;
            }
            switch (rule.effect()) {
                case DENY -> {
                    violations.add(violation(rule, match.getValue()));
                    refused = true;
                }
                case REVIEW -> {
                    violations.add(violation(rule, match.getValue()));
                    obligations.add(new Obligation.RequireHumanApproval(rule.name()));
                }
                case REDACT -> {}
                case LIMIT -> obligations.add(new Obligation.Limit(rule.name(), rule.maxTokens()));
            }
        }
        obligations.addAll(redactions);
        if (refused) {
            return new Finding(Verdict.Word.DENY, List.copyOf(violations), List.of(), List.of());
        }
        return new Finding(
                violations.isEmpty() ? Verdict.Word.ALLOW : Verdict.Word.REVIEW,
                List.copyOf(violations),
                List.copyOf(obligations),
                List.copyOf(steps));
    }

    private static Violation violation(Rule rule, Span span) {
        return new Violation(
                rule.name(), rule.article(), rule.weightMicro(), span.start(), span.end());
    }

    private static Violation whole(String rule, String article) {
        return new Violation(rule, article, FULL_SCORE_MICRO, -1, -1);
    }
}
