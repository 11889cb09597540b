package dev.soma.policy.internal;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.policy.text.PhraseSearch;
import dev.soma.policy.text.PhraseSearch.Phrase;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// A tenant's rules in the form that is evaluated. Immutable. One pass over the text finds all
/// phrases, and the rules that an expression or a condition cannot match without; the rest are
/// found
/// by tool or action, so that the cost grows with what matches and not with the number of rules.
///
/// @param digest SHA-256 of the pack's JCS form
/// @param permits what may be done at all, and the capability it takes
/// @param phrases of literal rules, and pieces without which another rule cannot match
/// @param owners for each phrase, the index of its rule
/// @param index of the rules that no phrase leads to
record RulePack(
        String digest,
        List<GrantedAction> permits,
        List<Rule> rules,
        PhraseSearch phrases,
        List<Integer> owners,
        Index index) {
    private static final Schema SCHEMA = loadSchema();

    /// One thing that a capability opens.
    record GrantedAction(String action, String capability) {}

    /// What every tenant starts with: chat for who holds `chat`, and no rules beside the
    /// constitution's.
    static JsonObject initial() {
        return JsonValue.object()
                .put(
                        "permits",
                        JsonValue.array(
                                List.of(
                                        permit("chat", "chat"),
                                        permit("project", "projects:write"),
                                        permit("task", "projects:write"),
                                        permit("tool", "tools:call"))))
                .put("rules", JsonValue.array(List.of()))
                .build();
    }

    private static JsonObject permit(String action, String capability) {
        return JsonValue.object().put("action", action).put("capability", capability).build();
    }

    /// Checks and compiles a pack.
    ///
    /// @throws MalformedJson naming the rule that cannot be compiled
    static RulePack compile(JsonObject pack, Conditions conditions) throws MalformedJson {
        if (!CanonicalJson.JCS.canWrite(pack)) {
            throw new MalformedJson("the pack has an integer beyond 2^53");
        }
        List<Error> errors = SCHEMA.validate(CanonicalJson.JCS.text(pack), InputFormat.JSON);
        if (!errors.isEmpty()) {
            throw new MalformedJson(
                    "the pack breaks its schema: "
                            + errors.getFirst().getInstanceLocation()
                            + " "
                            + errors.getFirst().getMessage());
        }
        Building building = new Building();
        Set<String> names = new HashSet<>();
        for (JsonValue item : pack.items("rules")) {
            if (item instanceof JsonObject rule) {
                building.add(rule, conditions);
            }
        }
        for (Rule rule : building.rules) {
            if (!names.add(rule.name())) {
                throw new MalformedJson("two rules are named '%s'".formatted(rule.name()));
            }
        }
        return new RulePack(
                Digest.sha256Hex(CanonicalJson.JCS.bytes(pack)),
                permits(pack),
                List.copyOf(building.rules),
                new PhraseSearch(building.phrases),
                List.copyOf(building.owners),
                building.index());
    }

    /// The rule that a phrase leads to.
    int owner(int phrase) {
        return owners.get(phrase);
    }

    /// Tells the indexes of the rules that have to be looked at whatever the text says.
    void candidates(Facts facts, IntConsumer each) {
        index.always().forEach(each::accept);
        index.byAction().getOrDefault(facts.action(), List.of()).forEach(each::accept);
        facts.tool()
                .ifPresent(
                        tool ->
                                index.byTool()
                                        .getOrDefault(tool.id(), List.of())
                                        .forEach(each::accept));
    }

    /// Rules that no phrase leads to, by the only thing that does.
    record Index(
            List<Integer> always,
            Map<String, List<Integer>> byTool,
            Map<String, List<Integer>> byAction) {}

    /// Collects what a pack is made of.
    private static final class Building {
        private final List<Rule> rules = new ArrayList<>();
        private final List<Phrase> phrases = new ArrayList<>();
        private final List<Integer> owners = new ArrayList<>();
        private final List<Integer> always = new ArrayList<>();
        private final Map<String, List<Integer>> byTool = new HashMap<>();
        private final Map<String, List<Integer>> byAction = new HashMap<>();

        void add(JsonObject source, Conditions conditions) throws MalformedJson {
            String name = source.text("name").orElse("");
            Tested tested = tested(name, source, conditions);
            Rule rule = compileRule(source, tested.test());
            rules.add(rule);
            int index = rules.size() - 1;
            if (tested.phrase().isPresent()) {
                phrases.add(tested.phrase().get());
                owners.add(index);
                return;
            }
            Set<String> tools = keys(rule.tools(), tested.equal().get("tool"));
            Set<String> actions = keys(rule.actions(), tested.equal().get("action"));
            if (!tools.isEmpty()) {
                tools.forEach(
                        tool -> byTool.computeIfAbsent(tool, t -> new ArrayList<>()).add(index));
            } else if (!actions.isEmpty()) {
                actions.forEach(
                        action ->
                                byAction.computeIfAbsent(action, a -> new ArrayList<>())
                                        .add(index));
            } else {
                always.add(index);
            }
        }

        private static Set<String> keys(Set<String> listed, @Nullable String only) {
            return listed.isEmpty() && only != null ? Set.of(only) : listed;
        }

        Index index() {
            return new Index(List.copyOf(always), Map.copyOf(byTool), Map.copyOf(byAction));
        }
    }

    /// A test, and the phrase without which it cannot succeed.
    private record Tested(Rule.Test test, Optional<Phrase> phrase, Map<String, String> equal) {}

    private static List<GrantedAction> permits(JsonObject pack) {
        List<GrantedAction> permits = new ArrayList<>();
        for (JsonValue item : pack.items("permits")) {
            if (item instanceof JsonObject permit) {
                permits.add(
                        new GrantedAction(
                                permit.text("action").orElse(""),
                                permit.text("capability").orElse("")));
            }
        }
        return permits;
    }

    private static Rule compileRule(JsonObject rule, Rule.Test test) throws MalformedJson {
        String name = rule.text("name").orElse("");
        Rule.Effect effect =
                Rule.Effect.valueOf(rule.text("effect").orElse("deny").toUpperCase(Locale.ROOT));
        boolean text = test instanceof Rule.Test.Literal || test instanceof Rule.Test.Regex;
        if (effect == Rule.Effect.LIMIT && test instanceof Rule.Test.Sequence) {
            throw new MalformedJson(
                    "the rule '%s' bounds requests, so it denies or reviews".formatted(name));
        }
        if (effect == Rule.Effect.REDACT && !text) {
            throw new MalformedJson(
                    "the rule '%s' has nothing to redact, because it is not about text"
                            .formatted(name));
        }
        long maxTokens =
                rule.members().get("max_tokens") instanceof JsonInteger(var number)
                        ? number.longValueExact()
                        : 0;
        if ((effect == Rule.Effect.LIMIT) != (maxTokens > 0)) {
            throw new MalformedJson(
                    "the rule '%s' must name 'max_tokens' if, and only if, it limits"
                            .formatted(name));
        }
        return new Rule(
                name,
                rule.text("article").orElse(""),
                weightMicro(name, rule),
                effect,
                maxTokens,
                Set.copyOf(rule.texts("tools")),
                Set.copyOf(rule.texts("actions")),
                test);
    }

    private static Tested tested(String name, JsonObject rule, Conditions conditions)
            throws MalformedJson {
        Optional<String> literal = rule.text("pattern");
        Optional<String> regex = rule.text("regex");
        try {
            if (literal.isPresent()) {
                boolean words = rule.text("match").equals(Optional.of("words"));
                Phrase phrase = new Phrase(literal.get(), words);
                return new Tested(new Rule.Test.Literal(phrase), Optional.of(phrase), Map.of());
            }
            if (regex.isPresent()) {
                return new Tested(
                        new Rule.Test.Regex(Pattern.compile(regex.get(), Pattern.CASE_INSENSITIVE)),
                        part(Prefilter.literalOf(regex.get())),
                        Map.of());
            }
            Optional<JsonObject> sequence = rule.object("sequence");
            if (sequence.isPresent()) {
                return new Tested(
                        new Rule.Test.Sequence(
                                SequenceRule.compile(name, sequence.get(), conditions)),
                        Optional.empty(),
                        Map.of());
            }
            Conditions.Compiled condition = conditions.compile(rule.text("condition").orElse(""));
            return new Tested(
                    new Rule.Test.Condition(condition.program()),
                    part(condition.needs().literal()),
                    condition.needs().equal());
        } catch (PatternSyntaxException | IllegalArgumentException e) {
            throw new MalformedJson(
                    "the rule '%s' cannot be compiled: %s".formatted(name, e.getMessage()));
        }
    }

    private static Optional<Phrase> part(String literal) {
        return literal.isEmpty() ? Optional.empty() : Optional.of(new Phrase(literal, false));
    }

    private static long weightMicro(String name, JsonObject rule) throws MalformedJson {
        BigDecimal weight =
                switch (rule.members().get("weight")) {
                    case JsonInteger(var whole) -> new BigDecimal(whole);
                    case JsonFloat(double fraction) -> new BigDecimal(Double.toString(fraction));
                    case null, default -> new BigDecimal("0.35");
                };
        try {
            return weight.movePointRight(6).longValueExact();
        } catch (ArithmeticException e) {
            throw new MalformedJson(
                    "the weight of '%s' has more than six decimals".formatted(name));
        }
    }

    private static Schema loadSchema() {
        try (InputStream in =
                RulePack.class.getResourceAsStream("/contracts/rule-pack.schema.json")) {
            if (in == null) {
                throw new IllegalStateException(
                        "the schema of rule packs is missing from this build");
            }
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(
                            new String(in.readAllBytes(), StandardCharsets.UTF_8),
                            InputFormat.JSON);
        } catch (IOException e) {
            throw new UncheckedIOException("the schema of rule packs cannot be read", e);
        }
    }
}
