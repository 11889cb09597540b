package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.Actors;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Verdict.Word;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each key of a constitution that the platform says to enforce is enforced: a case that it allows
/// and one that it does not. A key without its pair fails here.
class ConstitutionKeysTests {
    private static final ConstitutionKeys KEYS = new ConstitutionKeys(Set.of());

    /// @param rules the member of `rules` under test
    /// @param harmless a tool that the rule lets pass, and `harmful` one that it does not
    record Case(String key, String rules, Tool harmless, Tool harmful, Word verdict) {
        @Override
        public String toString() {
            return key;
        }
    }

    private static Tool tool(String category, long risk, boolean forbidden, String action) {
        return new Tool(
                "tool",
                category,
                risk < 0 ? OptionalLong.empty() : OptionalLong.of(risk),
                forbidden,
                Set.of(action),
                Set.of(action + ".example"));
    }

    static Stream<Case> cases() {
        Tool plain = tool("read", 100_000, false, "look");
        return Stream.of(
                new Case(
                        "prohibited_actions",
                        "[\"delete_production_data\"]",
                        plain,
                        tool("read", 0, false, "delete_production_data"),
                        Word.DENY),
                new Case(
                        "prohibited_domains",
                        "[\"evil.example\"]",
                        plain,
                        tool("read", 0, false, "evil"),
                        Word.DENY),
                new Case(
                        "permitted_tool_categories",
                        "[\"read\"]",
                        plain,
                        tool("write", 0, false, "look"),
                        Word.DENY),
                new Case("allow_forbidden", "false", plain, tool("read", 0, true, "x"), Word.DENY),
                new Case(
                        "max_risk_score",
                        "0.7",
                        tool("read", 700_000, false, "x"),
                        tool("read", 700_001, false, "x"),
                        Word.DENY),
                new Case(
                        "max_risk",
                        "0.7",
                        tool("read", 700_000, false, "x"),
                        tool("read", -1, false, "x"),
                        Word.DENY),
                new Case(
                        "require_human_approval_above_risk",
                        "0.5",
                        tool("read", 500_000, false, "x"),
                        tool("read", 500_001, false, "x"),
                        Word.REVIEW));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aRuleLetsPassWhatItAllowsAndNothingElse(Case one) throws Exception {
        JsonObject document = document("{\"%s\":%s}".formatted(one.key(), one.rules()));
        assertThat(KEYS.objection(document)).isEmpty();
        assertThat(judge(document, one.harmless()).word()).isEqualTo(Word.ALLOW);
        Evaluator.Finding finding = judge(document, one.harmful());
        assertThat(finding.word()).isEqualTo(one.verdict());
        assertThat(finding.scoreMicro()).isZero();
        assertThat(finding.violations().getFirst().article()).startsWith("rules.");
    }

    /// Kept elsewhere: the time and number of turns by conversation, refusals by moderation.
    private static final Map<String, String> ELSEWHERE =
            Map.of(
                    "max_wall_clock_seconds", "GovernedTurnIntegrationTests",
                    "max_concurrent_operations", "ApprovalIntegrationTests",
                    "refusals", "ConstitutionModeratorTests");

    @Test
    void noKeyIsWithoutItsCases() {
        Set<String> tested = new TreeSet<>(ELSEWHERE.keySet());
        cases().map(Case::key).forEach(tested::add);
        assertThat(tested).isEqualTo(ConstitutionKeys.RULES.keySet());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"motto\":\"be kind\"}",
                "{\"max_autonomy_level\":3}",
                "{\"max_risk_score\":1.1}",
                "{\"max_risk_score\":-0.1}",
                "{\"max_risk_score\":0.1234567}",
                "{\"max_risk_score\":\"0.7\"}",
                "{\"max_wall_clock_seconds\":0}",
                "{\"max_wall_clock_seconds\":601}",
                "{\"max_concurrent_operations\":0}",
                "{\"max_concurrent_operations\":1.5}",
                "{\"allow_forbidden\":\"no\"}",
                "{\"prohibited_actions\":\"all\"}",
                "{\"permitted_tool_categories\":[1]}"
            })
    void aKeyThatNothingEnforcesMakesTheDocumentInadmissible(String rules) throws Exception {
        assertThat(KEYS.objection(document(rules))).isPresent();
    }

    @Test
    void anOperatorMayDeclareAKeyToBeNoRule() throws Exception {
        JsonObject document = document("{\"motto\":\"be kind\"}");
        assertThat(new ConstitutionKeys(Set.of("rules.motto")).objection(document)).isEmpty();
        assertThat(new ConstitutionKeys(Set.of("governance.motto")).objection(document))
                .isPresent();
    }

    /// The enforceable part of SomaBrain's own document.
    @Test
    void somaBrainsRulesAreEnforcedWholeAndTheDeadOneIsNamed() throws Exception {
        JsonObject document =
                StrictJson.parseObject(
                        """
                        {"rules":{"allow_forbidden":false,"max_risk_score":0.7,
                          "require_human_approval_above_risk":0.8,
                          "permitted_tool_categories":["read","write","network","compute","database","file_system","browser","terminal"],
                          "prohibited_actions":["delete_production_data","expose_secrets","bypass_authentication","modify_audit_logs","deceive_operators"],
                          "max_wall_clock_seconds":300,"max_concurrent_operations":10},
                         "governance":{"signature_threshold":1,"valid_signers":["human_operator","system"],
                          "audit_all_decisions":true,"emergency_override":true}}
                        """
                                .getBytes(StandardCharsets.UTF_8));
        assertThat(KEYS.objection(document)).isEmpty();
        assertThat(ConstitutionKeys.unreachable(document)).hasSize(1);
        assertThat(judge(document, tool("write", 700_000, false, "x")).word())
                .isEqualTo(Word.ALLOW);
        assertThat(judge(document, tool("telepathy", 0, false, "x")).word()).isEqualTo(Word.DENY);
        assertThat(ConstitutionRules.compile(document).maxConcurrent().getAsLong()).isEqualTo(10);
    }

    private static JsonObject document(String rules) throws Exception {
        return StrictJson.parseObject(
                "{\"rules\":%s}".formatted(rules).getBytes(StandardCharsets.UTF_8));
    }

    private static Evaluator.Finding judge(JsonObject document, Tool tool) throws Exception {
        RulePack pack = RulePack.compile(RulePack.initial(), new Conditions());
        PolicyRequest request =
                new PolicyRequest(
                        "chat",
                        "tool/tool",
                        Optional.of("tool"),
                        "",
                        "user",
                        new Prompt(List.of()),
                        JsonValue.object().build());
        return Evaluator.evaluate(
                Facts.of(Actors.user("acme", "ann", "chat"), request, Optional.of(tool), 0),
                ConstitutionRules.compile(document),
                pack,
                List.of());
    }
}
