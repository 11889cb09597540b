package dev.soma.conversation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputFormTests {
    private static JsonObject format(String format) throws Exception {
        return StrictJson.parseObject(
                "{\"response_format\":%s}".formatted(format).getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject schema(String schema) throws Exception {
        return format(
                "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":%s}}"
                        .formatted(schema));
    }

    private static boolean accepts(JsonObject parameters, String text) {
        assertThat(OutputForm.objection(parameters)).isEmpty();
        return OutputForm.of(parameters).orElseThrow().accepts(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1} | true",
                "{\"a\":1,\"b\":\"x\"} | false",
                "{\"a\":\"1\"} | false",
                "{} | false",
                "[1] | false",
                "{\"a\":1 | false",
                "{\"a\":1,\"a\":1} | false",
                "nothing | false"
            })
    void anAnswerKeepsItsSchemaOrDoesNot(String text, boolean fits) throws Exception {
        JsonObject parameters =
                schema(
                        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"],\"additionalProperties\":false}");
        assertThat(accepts(parameters, text)).isEqualTo(fits);
    }

    @Test
    void anObjectIsAnObject() throws Exception {
        JsonObject parameters = format("{\"type\":\"json_object\"}");
        assertThat(accepts(parameters, " {\"a\":[1]} ")).isTrue();
        assertThat(accepts(parameters, "[1]")).isFalse();
        assertThat(accepts(parameters, "Sure! {\"a\":1}")).isFalse();
        assertThat(OutputForm.of(format("{\"type\":\"text\"}"))).isEmpty();
    }

    @Test
    void aPatternThatTakesForEverElsewhereTakesNoTime() throws Exception {
        JsonObject parameters = schema("{\"type\":\"string\",\"pattern\":\"^(a+)+$\"}");
        assertThat(accepts(parameters, "\"" + "a".repeat(50_000) + "!\"")).isFalse();
        assertThat(accepts(parameters, "\"" + "a".repeat(50_000) + "\"")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"$ref\":\"http://127.0.0.1:1/schema.json\"}",
                "{\"$ref\":\"classpath:application.properties\"}",
                "{\"$ref\":\"file:///etc/passwd\"}",
                "{\"$ref\":\"#/$defs/none\"}",
                "{\"pattern\":\"(\"}",
                "{\"pattern\":\"(?=a)\"}"
            })
    void aSchemaThatDoesNotStandByItselfIsRefused(String schema) throws Exception {
        assertThat(OutputForm.objection(schema(schema)).map(Problem::pointer))
                .contains("/response_format/json_schema/schema");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"yaml\"}",
                "{}",
                "{\"type\":\"json_schema\"}",
                "{\"type\":\"json_schema\",\"json_schema\":{}}"
            })
    void aFormThatIsNoneIsRefused(String format) throws Exception {
        assertThat(OutputForm.objection(format(format))).isPresent();
    }

    @Test
    void aSchemaMayBeRecursiveAndMayNotBeHuge() throws Exception {
        JsonObject list =
                schema(
                        "{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#\"}},\"additionalProperties\":false}");
        assertThat(accepts(list, "{\"next\":{\"next\":{}}}")).isTrue();
        assertThat(accepts(list, "{\"next\":{\"other\":{}}}")).isFalse();
        assertThat(OutputForm.objection(schema("{\"title\":\"%s\"}".formatted("x".repeat(40_000)))))
                .isPresent();
    }
}
