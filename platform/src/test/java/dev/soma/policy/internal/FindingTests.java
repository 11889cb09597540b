package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.Actors;
import dev.soma.harness.TestKeys;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.Obligation;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import dev.soma.policy.Verdict.Word;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a finding says to the letter: places, obligations, and what sequence rules are asked. The
/// mutation run (docs/mutation.md) holds these tests to the evaluator's every branch.
class FindingTests {
    private static final ActorContext ANN = Actors.user("acme", "ann", "chat");

    private static JsonObject json(String text) throws MalformedJson {
        return StrictJson.parseObject(text.getBytes(StandardCharsets.UTF_8));
    }

    private static RulePack pack(String rules) throws MalformedJson {
        return RulePack.compile(
                json(
                        "{\"permits\":[{\"action\":\"chat\",\"capability\":\"chat\"}],\"rules\":[%s]}"
                                .formatted(rules)),
                new Conditions());
    }

    private static Facts facts(String action, Optional<Tool> tool, String... texts) {
        return Facts.of(
                ANN,
                new PolicyRequest(
                        action,
                        "model/m",
                        tool.map(Tool::id),
                        "s1",
                        "user",
                        new Prompt(
                                Arrays.stream(texts)
                                        .map(text -> new Message("user", text))
                                        .toList()),
                        JsonValue.object().build()),
                tool,
                1_800_000_000L);
    }

    private static Evaluator.Finding judge(Facts facts, String rules) throws MalformedJson {
        return Evaluator.evaluate(facts, ConstitutionRules.NONE, pack(rules), List.of());
    }

    private static Evaluator.Finding judge(String rules, String... texts) throws MalformedJson {
        return judge(facts("chat", Optional.empty(), texts), rules);
    }

    @Test
    void aPermitIsForItsOwnActionAlone() throws Exception {
        assertThat(judge(facts("fly", Optional.empty(), "hi"), "").violations())
                .extracting(Violation::rule)
                .containsExactly("default-deny");
    }

    @ParameterizedTest
    @CsvSource({"\"pattern\":\"bad word\"", "\"regex\":\"bad +word\""})
    void aViolationSaysWhereItsTextBeginsAndEnds(String test) throws Exception {
        var finding =
                judge(
                        "{\"name\":\"r\",%s,\"article\":\"A.1\",\"weight\":0.25}".formatted(test),
                        "one",
                        "a BAD word, and a bad word");
        assertThat(finding.word()).isEqualTo(Word.DENY);
        assertThat(finding.violations()).containsExactly(new Violation("r", "A.1", 250_000, 2, 10));
        assertThat(finding.scoreMicro()).isEqualTo(750_000);
    }

    @ParameterizedTest
    @CsvSource({"\"pattern\":\"key\"", "\"regex\":\"key\""})
    void everyPlaceIsRedactedInEveryMessage(String test) throws Exception {
        var finding =
                judge(
                        "{\"name\":\"r\",%s,\"effect\":\"redact\"}".formatted(test),
                        "key and key",
                        "none",
                        "a key");
        assertThat(finding.word()).isEqualTo(Word.ALLOW);
        assertThat(finding.violations()).isEmpty();
        assertThat(finding.obligations())
                .containsExactly(
                        new Obligation.Redact("r", 0, 0, 3),
                        new Obligation.Redact("r", 0, 8, 11),
                        new Obligation.Redact("r", 2, 2, 5));
    }

    @ParameterizedTest
    @CsvSource({"\"pattern\":\"key\"", "\"regex\":\"key\""})
    void moreRedactionsThanAreKeptDeny(String test) throws Exception {
        String rule = "{\"name\":\"r\",%s,\"effect\":\"redact\"}".formatted(test);
        assertThat(judge(rule, "key ".repeat(1_000)).word()).isEqualTo(Word.ALLOW);
        var finding = judge(rule, "key ".repeat(1_001));
        assertThat(finding.word()).isEqualTo(Word.DENY);
        assertThat(finding.violations()).extracting(Violation::rule).containsExactly("r#failed");
    }

    @Test
    void anExpressionThatFindsNothingAtAPlaceGoesOn() throws Exception {
        assertThat(judge("{\"name\":\"r\",\"regex\":\"x*\"}", "aaa").violations()).isEmpty();
        assertThat(judge("{\"name\":\"r\",\"regex\":\"x*\"}", "aaxx").violations())
                .containsExactly(new Violation("r", "", 350_000, 2, 4));
    }

    @Test
    void aConditionSeesTheRequest() throws Exception {
        String rule = "{\"name\":\"r\",\"condition\":\"%s\"}";
        assertThat(judge(rule.formatted("action == 'chat' && user == 'ann'"), "hi").word())
                .isEqualTo(Word.DENY);
        assertThat(judge(rule.formatted("action == 'fly'"), "hi").word()).isEqualTo(Word.ALLOW);
    }

    @Test
    void aReviewOfTheConstitutionAsksForAPerson() throws Exception {
        ConstitutionRules rules =
                ConstitutionRules.compile(
                        json("{\"rules\":{\"require_human_approval_above_risk\":0.5}}"));
        Tool tool = new Tool("pay", "write", OptionalLong.of(500_001), false, Set.of(), Set.of());
        var finding =
                Evaluator.evaluate(
                        facts("chat", Optional.of(tool), "hi"), rules, pack(""), List.of());
        assertThat(finding.word()).isEqualTo(Word.REVIEW);
        assertThat(finding.obligations())
                .hasSize(1)
                .allMatch(Obligation.RequireHumanApproval.class::isInstance);
    }

    @ParameterizedTest
    @CsvSource({
        "max_risk, 0, 1, true",
        "max_risk, 0, 0, false",
        "max_risk_score, 0.4, 400001, true",
        "max_risk_score, 0.4, 400000, false"
    })
    void aToolAboveTheRiskThatIsAllowedIsRefused(
            String key, String bound, long risk, boolean refused) throws Exception {
        ConstitutionRules rules =
                ConstitutionRules.compile(json("{\"rules\":{\"%s\":%s}}".formatted(key, bound)));
        Tool tool = new Tool("t", "write", OptionalLong.of(risk), false, Set.of(), Set.of());
        var finding =
                Evaluator.evaluate(
                        facts("chat", Optional.of(tool), "hi"), rules, pack(""), List.of());
        assertThat(finding.word()).isEqualTo(refused ? Word.DENY : Word.ALLOW);
    }

    @Test
    void theStricterOfTwoBoundsHolds() throws Exception {
        for (String rules :
                List.of(
                        "{\"max_risk\":0.2,\"max_risk_score\":0.9}",
                        "{\"max_risk\":0.9,\"max_risk_score\":0.2}")) {
            ConstitutionRules both =
                    ConstitutionRules.compile(json("{\"rules\":%s}".formatted(rules)));
            assertThat(both.risk().maxMicro()).as(rules).hasValue(200_000);
        }
    }

    /// Each action that the shipped constitution prohibits, and one letter more of each.
    @Test
    void everyProhibitedActionThatShipsIsRefusedAndNoOther() throws Exception {
        ConstitutionRules shipped = ConstitutionRules.compile(TestKeys.shipped());
        List<String> prohibited =
                List.of(
                        "delete_production_data",
                        "expose_secrets",
                        "bypass_authentication",
                        "modify_audit_logs",
                        "deceive_operators");
        assertThat(shipped.prohibitedActions()).containsExactlyInAnyOrderElementsOf(prohibited);
        for (String action : prohibited) {
            for (String asked : List.of(action, action + "s")) {
                RulePack permitting =
                        RulePack.compile(
                                json(
                                        "{\"permits\":[{\"action\":\"%s\",\"capability\":\"chat\"}],\"rules\":[]}"
                                                .formatted(asked)),
                                new Conditions());
                var finding =
                        Evaluator.evaluate(
                                facts(asked, Optional.empty(), "hi"),
                                shipped,
                                permitting,
                                List.of());
                assertThat(finding.word())
                        .as(asked)
                        .isEqualTo(asked.equals(action) ? Word.DENY : Word.ALLOW);
            }
        }
        assertThat(shipped.maxWallClockSeconds()).isEqualTo(120);
    }

    private static final String COUNT =
            "{\"name\":\"three\",\"sequence\":{\"kind\":\"count\",\"scope\":\"user\",\"within_seconds\":60,\"max\":3%s}}";

    @Test
    void aSequenceRuleIsAskedOnceAndThenBelieved() throws Exception {
        Facts facts = facts("chat", Optional.empty(), "order");
        String rule = COUNT.formatted("");
        var open = judge(facts, rule);
        assertThat(open.word()).isEqualTo(Word.ALLOW);
        assertThat(open.steps()).hasSize(1);
        assertThat(open.steps().getFirst().rule()).isEqualTo("three");
        assertThat(open.steps().getFirst().counts()).isTrue();
        assertThat(open.steps().getFirst().notes()).isFalse();
        var within = judge(facts.observing(Map.of("three", 3L)), rule);
        assertThat(within.word()).isEqualTo(Word.ALLOW);
        assertThat(within.steps()).isEmpty();
        var broken = judge(facts.observing(Map.of("three", 4L)), rule);
        assertThat(broken.word()).isEqualTo(Word.DENY);
        assertThat(broken.violations())
                .containsExactly(new Violation("three", "", 350_000, -1, -1));
        var another = judge(facts.observing(Map.of("four", 9L)), rule);
        assertThat(another.word()).isEqualTo(Word.ALLOW);
    }

    @Test
    void aSequenceRuleThatIsNotAboutTheRequestIsNotAsked() throws Exception {
        String rule = COUNT.formatted(",\"when\":\"text.contains('order')\"");
        assertThat(judge(rule, "hello").steps()).isEmpty();
        assertThat(judge(rule, "an order").steps()).hasSize(1);
        var unrelated =
                judge(
                        facts("chat", Optional.empty(), "hello").observing(Map.of("three", 9L)),
                        rule);
        assertThat(unrelated.word()).isEqualTo(Word.ALLOW);
    }

    @Test
    void whatASequenceRuleAsksForIsNoted() throws Exception {
        String rule =
                "{\"name\":\"first\",\"sequence\":{\"kind\":\"requires\",\"scope\":\"user\",\"within_seconds\":60,\"when\":\"text.contains('deploy')\",\"before\":\"text.contains('test')\"}}";
        var noted = judge(rule, "run the test").steps().getFirst();
        assertThat(noted.counts()).isFalse();
        assertThat(noted.notes()).isTrue();
        assertThat(judge(rule, "hello").steps()).isEmpty();
        Facts deploy = facts("chat", Optional.empty(), "deploy");
        assertThat(judge(deploy.observing(Map.of("first", 0L)), rule).word()).isEqualTo(Word.DENY);
        assertThat(judge(deploy.observing(Map.of("first", 1L)), rule).word()).isEqualTo(Word.ALLOW);
    }

    @ParameterizedTest
    @CsvSource({"when", "before"})
    void aSequenceRuleWhoseConditionFailsDenies(String part) throws Exception {
        String other = part.equals("when") ? "before" : "when";
        String rule =
                "{\"name\":\"first\",\"sequence\":{\"kind\":\"requires\",\"scope\":\"user\",\"within_seconds\":60,\"%s\":\"texts[7] == 'x'\",\"%s\":\"text.contains('x')\"}}"
                        .formatted(part, other);
        var finding = judge(rule, "hello");
        assertThat(finding.word()).isEqualTo(Word.DENY);
        assertThat(finding.violations())
                .extracting(Violation::rule)
                .containsExactly("first#failed");
        assertThat(finding.steps()).isEmpty();
    }
}
