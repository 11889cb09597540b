package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.soma.harness.Actors;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import java.util.List;
import java.util.Optional;

/// A pack compiles or is refused; what compiles judges any text, and a rule that cannot be judged
/// denies.
class RulePackFuzzTests {
    private static final Conditions CONDITIONS = new Conditions();

    /// An input is `{"pack": ..., "text": ...}`.
    @FuzzTest(maxDuration = "60s")
    void whatCompilesJudgesAnything(byte[] bytes) {
        RulePack pack;
        String text;
        try {
            JsonObject input = StrictJson.parseObject(bytes);
            text = input.text("text").orElse("");
            pack =
                    RulePack.compile(
                            input.object("pack").orElse(JsonValue.object().build()), CONDITIONS);
        } catch (MalformedJson refused) {
            assertThat(refused).hasMessageMatching("(?s).+");
            return;
        }
        var finding =
                Evaluator.evaluate(
                        Facts.of(
                                Actors.user("acme", "ann", "chat"),
                                new PolicyRequest(
                                        "chat",
                                        "model/m",
                                        Optional.empty(),
                                        "",
                                        "user",
                                        new Prompt(List.of(new Message("user", text))),
                                        JsonValue.object().build()),
                                Optional.empty(),
                                1_800_000_000L),
                        ConstitutionRules.NONE,
                        pack,
                        List.of());
        assertThat(finding.scoreMicro()).isBetween(0L, Evaluator.FULL_SCORE_MICRO);
        assertThat(finding.violations())
                .allSatisfy(
                        violation -> {
                            assertThat(violation.end()).isLessThanOrEqualTo(text.length());
                            assertThat(violation.start()).isLessThanOrEqualTo(violation.end());
                        });
    }
}
