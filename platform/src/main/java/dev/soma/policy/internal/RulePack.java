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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A tenant's rules in the form that is evaluated. Immutable.
///
/// @param digest SHA-256 of the pack's JCS form
/// @param permits what may be done at all, and the capability it takes
/// @param literals all phrases of the pack, in the order of `literalRules`
record RulePack(
        String digest,
        List<GrantedAction> permits,
        List<Rule> rules,
        List<Rule> literalRules,
        PhraseSearch literals) {
    private static final Schema SCHEMA = loadSchema();

    /// One thing that a capability opens.
    record GrantedAction(String action, String capability) {}

    /// What every tenant starts with: chat for who holds `chat`, and no rules beside the
    /// constitution's.
    static JsonObject initial() {
        var permit = JsonValue.object().put("action", "chat").put("capability", "chat").build();
        return JsonValue.object()
                .put("permits", JsonValue.array(List.of(permit)))
                .put("rules", JsonValue.array(List.of()))
                .build();
    }

    /// Checks and compiles a pack.
    ///
    /// @throws MalformedJson naming the rule that cannot be compiled
    static RulePack compile(JsonObject pack, Conditions conditions) throws MalformedJson {
        List<Error> errors = SCHEMA.validate(CanonicalJson.JCS.text(pack), InputFormat.JSON);
        if (!errors.isEmpty()) {
            throw new MalformedJson(
                    "the pack breaks its schema: "
                            + errors.getFirst().getInstanceLocation()
                            + " "
                            + errors.getFirst().getMessage());
        }
        List<Rule> rules = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonValue item : pack.items("rules")) {
            if (item instanceof JsonObject rule) {
                rules.add(compileRule(rule, conditions));
            }
        }
        for (Rule rule : rules) {
            if (!names.add(rule.name())) {
                throw new MalformedJson("two rules are named '%s'".formatted(rule.name()));
            }
        }
        List<Rule> literalRules =
                rules.stream().filter(rule -> rule.test() instanceof Rule.Test.Literal).toList();
        return new RulePack(
                Digest.sha256Hex(CanonicalJson.JCS.bytes(pack)),
                permits(pack),
                List.copyOf(rules),
                literalRules,
                new PhraseSearch(literalRules.stream().map(RulePack::phrase).toList()));
    }

    private static Phrase phrase(Rule rule) {
        if (rule.test() instanceof Rule.Test.Literal(Phrase phrase)) {
            return phrase;
        }
        throw new IllegalStateException("only literal rules have phrases");
    }

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

    private static Rule compileRule(JsonObject rule, Conditions conditions) throws MalformedJson {
        String name = rule.text("name").orElse("");
        return new Rule(
                name,
                rule.text("article").orElse(""),
                weightMicro(name, rule),
                rule.text("effect").equals(Optional.of("review")),
                test(name, rule, conditions));
    }

    private static Rule.Test test(String name, JsonObject rule, Conditions conditions)
            throws MalformedJson {
        Optional<String> literal = rule.text("pattern");
        Optional<String> regex = rule.text("regex");
        try {
            if (literal.isPresent()) {
                boolean words = rule.text("match").equals(Optional.of("words"));
                return new Rule.Test.Literal(new Phrase(literal.get(), words));
            }
            return regex.isPresent()
                    ? new Rule.Test.Regex(Pattern.compile(regex.get(), Pattern.CASE_INSENSITIVE))
                    : new Rule.Test.Condition(
                            conditions.compile(rule.text("condition").orElse("")));
        } catch (PatternSyntaxException | IllegalArgumentException e) {
            throw new MalformedJson(
                    "the rule '%s' cannot be compiled: %s".formatted(name, e.getMessage()));
        }
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
