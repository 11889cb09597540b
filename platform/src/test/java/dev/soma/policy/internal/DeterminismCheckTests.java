package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.Actors;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Judging with the indexes and without them is the same, and a difference is noticed.
class DeterminismCheckTests {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private static Facts facts(String text) {
        return Facts.of(
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
                1_800_000_000L);
    }

    private static RulePack pack(List<String> rules) throws Exception {
        return RulePack.compile(
                StrictJson.parseObject(
                        "{\"permits\":[{\"action\":\"chat\",\"capability\":\"chat\"}],\"rules\":[%s]}"
                                .formatted(String.join(",", rules))
                                .getBytes(StandardCharsets.UTF_8)),
                new Conditions());
    }

    private static Evaluator.Finding judge(Facts facts, RulePack pack) {
        return Evaluator.evaluate(facts, ConstitutionRules.NONE, pack, List.of());
    }

    private static List<String> rules(SplittableRandom random) {
        List<String> rules = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            String test =
                    switch (random.nextInt(4)) {
                        case 0 -> "\"pattern\":\"w%d\"".formatted(random.nextInt(20));
                        case 1 ->
                                "\"pattern\":\"w%d w%d\""
                                        .formatted(random.nextInt(20), random.nextInt(20));
                        case 2 -> "\"regex\":\"w%d[0-9]? w\"".formatted(random.nextInt(20));
                        default ->
                                "\"condition\":\"characters > %d\"".formatted(random.nextInt(60));
                    };
            rules.add(
                    "{\"name\":\"r%d\",%s,\"weight\":0.01,\"effect\":\"deny\"}".formatted(i, test));
        }
        return rules;
    }

    @Test
    void theIndexesForgetNoRule() throws Exception {
        long seed = Long.getLong("soma.determinism.seed", System.nanoTime());
        System.out.println("determinism: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        DeterminismCheck check = new DeterminismCheck(meters, Runnable::run, 1);
        for (int i = 0; i < 200; i++) {
            RulePack pack = pack(rules(random));
            for (int prompt = 0; prompt < 20; prompt++) {
                StringBuilder text = new StringBuilder();
                for (int word = 0; word < 1 + random.nextInt(12); word++) {
                    text.append('w').append(random.nextInt(25)).append(' ');
                }
                Facts facts = facts(text.toString());
                check.judged(facts, pack, judge(facts, pack));
            }
        }
        assertThat(meters.counter("soma_policy_determinism_checks_total").count()).isEqualTo(4_000);
        assertThat(meters.counter("soma_policy_determinism_failures_total").count()).isZero();
    }

    @Test
    void aRuleThatWasForgottenIsNoticed() throws Exception {
        RulePack whole =
                pack(
                        List.of(
                                "{\"name\":\"a\",\"pattern\":\"secret\",\"effect\":\"deny\"}",
                                "{\"name\":\"b\",\"pattern\":\"plan\",\"effect\":\"deny\"}"));
        RulePack without =
                pack(List.of("{\"name\":\"a\",\"pattern\":\"secret\",\"effect\":\"deny\"}"));
        Facts facts = facts("the secret plan");
        new DeterminismCheck(meters, Runnable::run, 1).judged(facts, whole, judge(facts, without));

        assertThat(meters.counter("soma_policy_determinism_failures_total").count()).isEqualTo(1);
    }

    @Test
    void oneInSoManyIsChecked() throws Exception {
        RulePack pack = pack(List.of());
        Facts facts = facts("hello");
        DeterminismCheck check = new DeterminismCheck(meters, Runnable::run, 1_000);
        for (int i = 0; i < 2_999; i++) {
            check.judged(facts, pack, judge(facts, pack));
        }
        assertThat(meters.counter("soma_policy_determinism_checks_total").count()).isEqualTo(2);
    }
}
