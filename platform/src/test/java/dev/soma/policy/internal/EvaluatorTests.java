package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.harness.Actors;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import dev.soma.policy.Verdict.Word;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Laws of a decision.
class EvaluatorTests {
    private static final ConstitutionRules RULES =
            constitution("{\"prohibited_actions\":[\"forbidden\"]}");
    private static final ActorContext ANN = Actors.user("acme", "ann", "chat");

    private static RulePack pack(String rules) throws MalformedJson {
        return RulePack.compile(
                json(
                        "{\"permits\":[{\"action\":\"chat\",\"capability\":\"chat\"}],\"rules\":[%s]}"
                                .formatted(rules)),
                new Conditions());
    }

    private static JsonObject json(String text) throws MalformedJson {
        return StrictJson.parseObject(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Evaluator.Finding judge(RulePack pack, String... texts) {
        return evaluate(ANN, request("chat", texts), pack);
    }

    private static Evaluator.Finding evaluate(
            ActorContext actor, PolicyRequest request, RulePack pack) {
        return Evaluator.evaluate(
                Facts.of(actor, request, Optional.empty(), 1_800_000_000L), RULES, pack, List.of());
    }

    private static ConstitutionRules constitution(String rules) {
        try {
            return ConstitutionRules.compile(json("{\"rules\":%s}".formatted(rules)));
        } catch (MalformedJson e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static PolicyRequest request(String action, String... texts) {
        List<Message> messages = new ArrayList<>();
        for (String text : texts) {
            messages.add(new Message("user", text));
        }
        return new PolicyRequest(
                action,
                "model/m",
                Optional.empty(),
                "",
                "user",
                new Prompt(messages),
                JsonValue.object().build());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theOrderOfRulesChangesNeitherWordNorScore(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> rules = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String test =
                    switch (random.nextInt(3)) {
                        case 0 -> "\"pattern\":\"w%d\"".formatted(random.nextInt(6));
                        case 1 -> "\"regex\":\"w[%d-9]\"".formatted(random.nextInt(9));
                        default ->
                                "\"condition\":\"characters > %d\"".formatted(random.nextInt(20));
                    };
            rules.add(
                    "{\"name\":\"r%d\",%s,\"weight\":0.%06d,\"effect\":\"%s\"}"
                            .formatted(
                                    i,
                                    test,
                                    random.nextInt(1_000_000),
                                    random.nextInt(4) > 0 ? "review" : "deny"));
        }
        String text = "w%d and w%d".formatted(random.nextInt(6), random.nextInt(6));
        Evaluator.Finding first = judge(pack(String.join(",", rules)), text);
        for (int i = 0; i < 10; i++) {
            Collections.shuffle(rules, random);
            Evaluator.Finding other = judge(pack(String.join(",", rules)), text);
            assertThat(other.word()).as("seed %d", seed).isEqualTo(first.word());
            assertThat(other.scoreMicro()).isEqualTo(first.scoreMicro());
            assertThat(Set.copyOf(other.violations())).isEqualTo(Set.copyOf(first.violations()));
        }
    }

    @Test
    void theScoreIsExact() throws Exception {
        String rules =
                java.util.stream.IntStream.range(0, 10)
                        .mapToObj(
                                i ->
                                        "{\"name\":\"r%d\",\"pattern\":\"x\",\"weight\":0.1}"
                                                .formatted(i))
                        .collect(Collectors.joining(","));
        assertThat(judge(pack(rules), "x").scoreMicro()).isZero();
        assertThat(
                        judge(pack("{\"name\":\"r\",\"pattern\":\"x\",\"weight\":0.000001}"), "x")
                                .scoreMicro())
                .isEqualTo(999_999);
    }

    @Test
    void weightZeroStillDeniesAndDenyBeatsReview() throws Exception {
        String zero = "{\"name\":\"z\",\"pattern\":\"x\",\"weight\":0}";
        String review = "{\"name\":\"r\",\"pattern\":\"x\",\"effect\":\"review\"}";
        assertThat(judge(pack(zero), "x").word()).isEqualTo(Word.DENY);
        assertThat(judge(pack(review), "x").word()).isEqualTo(Word.REVIEW);
        assertThat(judge(pack(review + "," + zero), "x").word()).isEqualTo(Word.DENY);
        assertThat(judge(pack(review + "," + zero), "y").word()).isEqualTo(Word.ALLOW);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "texts[7] == 'x'",
                "1 / (messages - 1) == 3",
                "texts[0].matches('(')",
                "int(texts[0]) == 1",
                "timestamp(texts[0]) < timestamp('2026-01-01T00:00:00Z')"
            })
    void aConditionThatFailsDenies(String condition) throws Exception {
        var finding =
                judge(
                        pack(
                                "{\"name\":\"c\",\"condition\":\"%s\",\"effect\":\"review\",\"weight\":0}"
                                        .formatted(condition)),
                        "hello");
        assertThat(finding.word()).isEqualTo(Word.DENY);
        assertThat(finding.violations()).extracting(Violation::rule).containsExactly("c#failed");
        assertThat(finding.scoreMicro()).isZero();
    }

    @Test
    void nothingIsAllowedWithoutAPermitOrAgainstTheConstitution() throws Exception {
        RulePack pack = pack("");
        assertThat(judge(pack, "hi").word()).isEqualTo(Word.ALLOW);
        var stranger = Actors.user("acme", "bob", "other");
        assertThat(evaluate(stranger, request("chat", "hi"), pack).violations())
                .extracting(Violation::rule)
                .containsExactly("default-deny");
        RulePack wide =
                RulePack.compile(
                        json(
                                "{\"permits\":[{\"action\":\"forbidden\",\"capability\":\"chat\"}],\"rules\":[]}"),
                        new Conditions());
        assertThat(evaluate(ANN, request("forbidden"), wide).violations())
                .extracting(Violation::article)
                .containsExactly("rules.prohibited_actions");
    }

    /// U+10400 is a letter of two UTF-16 units.
    @Test
    void aWholeWordDoesNotEndInTheMiddleOfALetter() throws Exception {
        RulePack words = pack("{\"name\":\"w\",\"pattern\":\"acme\",\"match\":\"words\"}");
        assertThat(judge(words, "acme \ud801\udc00").word()).isEqualTo(Word.DENY);
        assertThat(judge(words, "acme\ud801\udc00").word()).isEqualTo(Word.ALLOW);
        assertThat(judge(words, "\ud801\udc00acme").word()).isEqualTo(Word.ALLOW);
        assertThat(judge(words, "\ud83d\ude02acme\ud83d\ude02").word()).isEqualTo(Word.DENY);
    }

    @Test
    void aRegexSeesWhateverCaseAndPlace() throws Exception {
        RulePack upper = pack("{\"name\":\"r\",\"regex\":\"PROJ-[0-9]+\"}");
        assertThat(judge(upper, "see PROJ-77").word()).isEqualTo(Word.DENY);
        RulePack optional = pack("{\"name\":\"r\",\"regex\":\"(secret)*\"}");
        assertThat(judge(optional, "a secret").word()).isEqualTo(Word.DENY);
        assertThat(judge(optional, "nothing").word()).isEqualTo(Word.ALLOW);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\":\"a\",\"pattern\":\"x\",\"weight\":1.5}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"weight\":0.1234567}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"regex\":\"y\"}",
                "{\"name\":\"a\"}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"surprise\":1}",
                "{\"name\":\"a#failed\",\"pattern\":\"x\"}",
                "{\"name\":\"a\",\"regex\":\"(\"}",
                "{\"name\":\"a\",\"regex\":\"(a)\\\\1\"}",
                "{\"name\":\"a\",\"condition\":\"nobody == 1\"}",
                "{\"name\":\"a\",\"condition\":\"characters\"}",
                "{\"name\":\"a\",\"pattern\":\"\\u200b\"}",
                "{\"name\":\"a\",\"pattern\":\"x\"},{\"name\":\"a\",\"pattern\":\"y\"}"
            })
    void aPackThatCannotBeEnforcedIsRefused(String rules) {
        assertThatThrownBy(() -> pack(rules)).isInstanceOf(MalformedJson.class);
    }
}
