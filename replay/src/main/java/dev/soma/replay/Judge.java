package dev.soma.replay;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.soma.replay.NormalForm.Span;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Judges an input document by a constitution and a rule pack, in the plainest way: every rule is
/// looked at, every text is searched from its beginning.
public final class Judge {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final long FULL = 1_000_000;
    private static final int MAX_REDACTIONS = 1_000;

    private final JsonNode input;
    private final List<JsonNode> rules = new ArrayList<>();
    private final List<NormalForm> texts = new ArrayList<>();
    private final Conditions conditions;
    private final ArrayNode violations = JSON.arrayNode();
    private final ArrayNode reviews = JSON.arrayNode();

    /// By the index of the rule.
    private final TreeMap<Integer, Span> met = new TreeMap<>();

    private final Set<Integer> failed = new HashSet<>();
    private final List<ObjectNode> redactions = new ArrayList<>();
    private boolean denied;
    private long weights;

    private Judge(JsonNode input, JsonNode pack) {
        this.input = input;
        pack.path("rules").forEach(rules::add);
        input.path("messages")
                .forEach(message -> texts.add(NormalForm.of(message.path("text").stringValue())));
        this.conditions = new Conditions(input, texts);
    }

    /// @param word of the rules alone, before any approval
    public record Verdict(
            String word,
            long scoreMicro,
            String severity,
            ArrayNode violations,
            ArrayNode obligations) {}

    /// @param taxonomy phrases by category
    /// @return what the rules say; equal input gives an equal verdict
    public static Verdict judge(
            JsonNode input, JsonNode constitution, JsonNode pack, JsonNode taxonomy) {
        Judge judge = new Judge(input, pack);
        judge.permit(pack);
        judge.constitution(constitution.path("rules"));
        judge.refusals(constitution.path("rules").path("refusals"), taxonomy);
        judge.review(constitution.path("rules"));
        judge.patterns();
        judge.otherRules();
        return judge.verdict();
    }

    private void permit(JsonNode pack) {
        Set<String> held = strings(input.path("capabilities"));
        for (JsonNode permit : pack.path("permits")) {
            boolean action = permit.path("action").equals(input.path("action"));
            if (action
                    && (held.contains("*")
                            || held.contains(permit.path("capability").stringValue()))) {
                return;
            }
        }
        deny("default-deny", "", FULL, Span.NONE);
    }

    private static Set<String> strings(JsonNode list) {
        Set<String> strings = new HashSet<>();
        list.forEach(item -> strings.add(item.stringValue()));
        return strings;
    }

    private void deny(String rule, String article, long weight, Span span) {
        denied = true;
        violations.add(violation(rule, article, weight, span));
    }

    private ObjectNode violation(String rule, String article, long weight, Span span) {
        weights += weight;
        ObjectNode violation =
                JSON.objectNode()
                        .put("rule", rule)
                        .put("article", article)
                        .put("weight_micro", weight);
        if (span.start() >= 0) {
            violation.put("start", span.start()).put("end", span.end());
        }
        return violation;
    }

    private void constitution(JsonNode keys) {
        JsonNode tool = input.path("tool");
        Set<String> prohibited = strings(keys.path("prohibited_actions"));
        boolean does =
                strings(tool.path("actions")).stream().anyMatch(prohibited::contains)
                        || prohibited.contains(tool.path("id").asString(""));
        if (prohibited.contains(input.path("action").stringValue())
                || (!tool.isMissingNode() && does)) {
            article("prohibited_actions");
        }
        if (tool.isMissingNode()) {
            return;
        }
        Set<String> domains = strings(keys.path("prohibited_domains"));
        if (strings(tool.path("domains")).stream().anyMatch(domains::contains)) {
            article("prohibited_domains");
        }
        if (keys.has("permitted_tool_categories")
                && !strings(keys.path("permitted_tool_categories"))
                        .contains(tool.path("category").stringValue())) {
            article("permitted_tool_categories");
        }
        boolean closed =
                keys.path("allow_forbidden").isBoolean()
                        && !keys.path("allow_forbidden").booleanValue();
        if (closed && tool.path("forbidden").booleanValue()) {
            article("allow_forbidden");
        }
        if ((keys.has("max_risk_score") && isAbove(tool, keys.path("max_risk_score")))
                || (keys.has("max_risk") && isAbove(tool, keys.path("max_risk")))) {
            article("max_risk_score");
        }
    }

    private void article(String key) {
        deny(key, "rules." + key, FULL, Span.NONE);
    }

    /// A risk that nobody knows is above every bound.
    private static boolean isAbove(JsonNode tool, JsonNode bound) {
        return !tool.has("risk_micro")
                || BigDecimal.valueOf(tool.path("risk_micro").longValue())
                                .compareTo(number(bound).movePointRight(6))
                        > 0;
    }

    private static BigDecimal number(JsonNode node) {
        return node.isIntegralNumber()
                ? new BigDecimal(node.bigIntegerValue())
                : new BigDecimal(Double.toString(node.doubleValue()));
    }

    private void refusals(JsonNode refusals, JsonNode taxonomy) {
        Set<Integer> seen = new HashSet<>();
        for (int message = 0; message < texts.size(); message++) {
            for (int i = 0; i < refusals.size(); i++) {
                if (!seen.contains(i)) {
                    refuse(refusals.get(i), taxonomy, message, i, seen);
                }
            }
        }
    }

    private void refuse(
            JsonNode entry, JsonNode taxonomy, int message, int index, Set<Integer> seen) {
        List<String> phrases = new ArrayList<>();
        if (entry.has("category")) {
            taxonomy.path(entry.path("category").stringValue())
                    .forEach(phrase -> phrases.add(phrase.stringValue()));
        }
        entry.path("phrases").forEach(phrase -> phrases.add(phrase.stringValue()));
        NormalForm text = texts.get(message);
        for (String phrase : phrases) {
            String wanted = NormalForm.phrase(phrase);
            List<Integer> found = text.occurrences(wanted, true);
            if (!found.isEmpty()) {
                int first = found.getFirst();
                deny(
                        entry.path("name").stringValue(),
                        entry.path("article").stringValue(),
                        FULL,
                        text.span(message, first, first + wanted.length()));
                seen.add(index);
                return;
            }
        }
    }

    private void review(JsonNode keys) {
        String key = "require_human_approval_above_risk";
        JsonNode tool = input.path("tool");
        if (keys.has(key) && !tool.isMissingNode() && isAbove(tool, keys.path(key))) {
            violations.add(violation(key, "rules." + key, FULL, Span.NONE));
            reviews.add(approval(key));
        }
    }

    private static ObjectNode approval(String rule) {
        return JSON.objectNode().put("type", "require_human_approval").put("rule", rule);
    }

    private boolean concerns(JsonNode rule) {
        Set<String> actions = strings(rule.path("actions"));
        Set<String> tools = strings(rule.path("tools"));
        return (actions.isEmpty() || actions.contains(input.path("action").stringValue()))
                && (tools.isEmpty() || tools.contains(input.path("tool").path("id").asString("")));
    }

    /// One occurrence of a `pattern` rule.
    private record Occurrence(int rule, int first, int end) {}

    private void patterns() {
        for (int message = 0; message < texts.size(); message++) {
            NormalForm text = texts.get(message);
            List<Occurrence> occurrences = new ArrayList<>();
            for (int i = 0; i < rules.size(); i++) {
                JsonNode rule = rules.get(i);
                if (rule.has("pattern") && concerns(rule)) {
                    String phrase = NormalForm.phrase(rule.path("pattern").stringValue());
                    boolean words = rule.path("match").asString("").equals("words");
                    for (int first : text.occurrences(phrase, words)) {
                        occurrences.add(new Occurrence(i, first, first + phrase.length()));
                    }
                }
            }
            occurrences.sort(
                    Comparator.comparingInt(Occurrence::end)
                            .thenComparingInt(Occurrence::first)
                            .thenComparing(Comparator.comparingInt(Occurrence::rule).reversed()));
            for (Occurrence one : occurrences) {
                meet(one.rule(), text.span(message, one.first(), one.end()));
            }
        }
    }

    private void meet(int index, Span span) {
        met.putIfAbsent(index, span);
        JsonNode rule = rules.get(index);
        if (!effect(rule).equals("redact")) {
            return;
        }
        if (redactions.size() == MAX_REDACTIONS) {
            failed.add(index);
            return;
        }
        redactions.add(
                JSON.objectNode()
                        .put("type", "redact")
                        .put("rule", rule.path("name").stringValue())
                        .put("message", span.message())
                        .put("start", span.start())
                        .put("end", span.end()));
    }

    private static String effect(JsonNode rule) {
        return rule.path("effect").asString("deny");
    }

    private void otherRules() {
        for (int i = 0; i < rules.size(); i++) {
            JsonNode rule = rules.get(i);
            if (!concerns(rule)) {
                continue;
            }
            if (rule.has("regex")) {
                regex(i, rule);
            } else if (rule.has("condition")) {
                switch (conditions.evaluate(rule.path("condition").stringValue())) {
                    case TRUE -> met.put(i, Span.NONE);
                    case FALSE -> {}
                    case FAILED -> failed.add(i);
                }
            } else if (rule.has("sequence")) {
                sequence(i, rule);
            }
        }
    }

    private void regex(int index, JsonNode rule) {
        Pattern pattern =
                Pattern.compile(rule.path("regex").stringValue(), Pattern.CASE_INSENSITIVE);
        boolean every = effect(rule).equals("redact");
        for (int message = 0; message < texts.size(); message++) {
            NormalForm text = texts.get(message);
            Matcher matcher = pattern.matcher(text.text());
            while (!failed.contains(index) && matcher.find()) {
                if (matcher.end() > matcher.start()) {
                    meet(index, text.span(message, matcher.start(), matcher.end()));
                    if (!every) {
                        return;
                    }
                }
            }
        }
    }

    private void sequence(int index, JsonNode rule) {
        JsonNode sequence = rule.path("sequence");
        Conditions.Outcome when =
                sequence.has("when")
                        ? conditions.evaluate(sequence.path("when").stringValue())
                        : Conditions.Outcome.TRUE;
        Conditions.Outcome before =
                sequence.has("before")
                        ? conditions.evaluate(sequence.path("before").stringValue())
                        : Conditions.Outcome.FALSE;
        if (when == Conditions.Outcome.FAILED || before == Conditions.Outcome.FAILED) {
            failed.add(index);
            return;
        }
        JsonNode observed = input.path("observed").path(rule.path("name").stringValue());
        if (when == Conditions.Outcome.FALSE || observed.isMissingNode()) {
            return;
        }
        boolean broken =
                sequence.path("kind").stringValue().equals("requires")
                        ? observed.longValue() == 0
                        : observed.longValue() > sequence.path("max").longValue();
        if (broken) {
            met.put(index, Span.NONE);
        }
    }

    private Verdict verdict() {
        ArrayNode obligations = JSON.arrayNode().addAll(reviews);
        failed.forEach(index -> met.put(index, Span.NONE));
        met.forEach((index, span) -> conclude(index, span, obligations));
        redactions.forEach(obligations::add);
        String word = denied ? "deny" : violations.isEmpty() ? "allow" : "review";
        long score = Math.max(0, FULL - weights);
        String severity =
                score >= 800_000
                        ? "low"
                        : score >= 500_000 ? "medium" : score >= 200_000 ? "high" : "critical";
        return new Verdict(
                word, score, severity, violations, denied ? JSON.arrayNode() : obligations);
    }

    private void conclude(int index, Span span, ArrayNode obligations) {
        JsonNode rule = rules.get(index);
        String name = rule.path("name").stringValue();
        String article = rule.path("article").asString("");
        if (failed.contains(index)) {
            deny(name + "#failed", article, FULL, Span.NONE);
            return;
        }
        long weight =
                rule.has("weight")
                        ? number(rule.path("weight")).movePointRight(6).longValueExact()
                        : 350_000;
        switch (effect(rule)) {
            case "deny" -> deny(name, article, weight, span);
            case "review" -> {
                violations.add(violation(name, article, weight, span));
                obligations.add(approval(name));
            }
            case "limit" ->
                    obligations.add(
                            JSON.objectNode()
                                    .put("type", "limit")
                                    .put("rule", name)
                                    .put("max_tokens", rule.path("max_tokens").longValue()));
            default -> {}
        }
    }
}
