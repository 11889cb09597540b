package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What counts as allowing more.
class PackChangeTests {
    private static final String DENY = "{\"name\":\"a\",\"pattern\":\"x\"}";

    private static List<String> loosens(String before, String after) throws Exception {
        return PackChange.loosens(pack(before), pack(after));
    }

    private static JsonObject pack(String rules) throws Exception {
        return StrictJson.parseObject(
                "{\"permits\":[],\"rules\":[%s]}"
                        .formatted(rules)
                        .getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"name\":\"a\",\"pattern\":\"x\"}",
                "{\"name\":\"a\",\"pattern\":\"x\"},{\"name\":\"b\",\"pattern\":\"y\"}",
                "{\"name\":\"b\",\"pattern\":\"y\"},{\"name\":\"a\",\"pattern\":\"x\"}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"weight\":0.9,\"description\":\"d\"}"
            })
    void aRuleMoreOrAnotherWeightLoosensNothing(String after) throws Exception {
        assertThat(loosens(DENY, after)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"name\":\"b\",\"pattern\":\"x\"}",
                "{\"name\":\"a\",\"pattern\":\"xy\"}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"match\":\"words\"}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"tools\":[\"t\"]}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"actions\":[\"chat\"]}",
                "{\"name\":\"a\",\"regex\":\"x\"}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"effect\":\"review\"}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"effect\":\"redact\"}",
                "{\"name\":\"a\",\"pattern\":\"x\",\"effect\":\"limit\",\"max_tokens\":1}"
            })
    void aRuleThatGoesOrDoesLessLoosens(String after) throws Exception {
        assertThat(loosens(DENY, after)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "redact,review,true",
        "review,deny,true",
        "limit,redact,false",
        "redact,limit,false"
    })
    void aStricterEffectLoosensNothing(String was, String is, boolean stricter) throws Exception {
        String rule = "{\"name\":\"a\",\"pattern\":\"x\",\"effect\":\"%s\"}";
        assertThat(loosens(rule.formatted(was), rule.formatted(is)).isEmpty()).isEqualTo(stricter);
    }

    @Test
    void aPermitMoreLoosensAndOneLessDoesNot() throws Exception {
        String none = "{\"permits\":[],\"rules\":[]}";
        String one = "{\"permits\":[{\"action\":\"chat\",\"capability\":\"chat\"}],\"rules\":[]}";
        JsonObject without = StrictJson.parseObject(none.getBytes(StandardCharsets.UTF_8));
        JsonObject with = StrictJson.parseObject(one.getBytes(StandardCharsets.UTF_8));
        assertThat(PackChange.loosens(without, with))
                .containsExactly("'chat' becomes possible with 'chat'");
        assertThat(PackChange.loosens(with, without)).isEmpty();
        assertThat(PackChange.loosens(with, with)).isEmpty();
    }
}
