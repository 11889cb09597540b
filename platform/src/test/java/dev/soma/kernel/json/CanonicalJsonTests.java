package dev.soma.kernel.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.kernel.Digest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Golden vectors of the governance brief (E1, E2, made with CPython) and of RFC 8785.
class CanonicalJsonTests {
    private static JsonValue parse(String text) throws MalformedJson {
        return StrictJson.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void writesNumbersAsPythonDoes() throws Exception {
        JsonValue value =
                parse(
                        "{\"a\":1.0,\"b\":-0.0,\"c\":1e16,\"d\":1e-7,\"e\":-0,\"f\":9007199254740993,"
                                + "\"g\":0.0001,\"h\":0.00001,\"i\":1E2,\"j\":123456789012345680.0}");

        assertThat(CanonicalJson.PYTHON.text(value))
                .isEqualTo(
                        "{\"a\":1.0,\"b\":-0.0,\"c\":1e+16,\"d\":1e-07,\"e\":0,\"f\":9007199254740993,"
                                + "\"g\":0.0001,\"h\":1e-05,\"i\":100.0,\"j\":1.2345678901234568e+17}");
        assertThat(Digest.sha3512Hex(CanonicalJson.PYTHON.bytes(value)))
                .isEqualTo(
                        "12b7c37e6f0a401e23d1e1196d02512091bac610e14e949d0bd7424d6a84635f"
                                + "0a74643b0ccfe678d0d731ff7e6c4f6051fde1c64d665b2185352940d6137df1");
    }

    @Test
    void ordersNamesByCodePointAndEscapesAsPythonDoes() throws Exception {
        JsonValue value =
                parse("{\"\\ufb33\":1,\"\\ud83d\\ude02\":2,\"\\u00e9\":\"\\u007f\\u2014/\"}");

        assertThat(CanonicalJson.PYTHON.text(value))
                .isEqualTo("{\"\\u00e9\":\"\\u007f\\u2014/\",\"\\ufb33\":1,\"\\ud83d\\ude02\":2}");
        assertThat(Digest.sha3512Hex(CanonicalJson.PYTHON.bytes(value)))
                .isEqualTo(
                        "25ec4c66a6da271f5c66bdff5dc5cbaa154af8eab433cf2c0884a7f1de962765"
                                + "c29110eaf7e887f01077f8048af42db34dfb3fcee9801ce4cc14a42873fdff56");
    }

    @Test
    void ordersNamesByUtf16UnitInJcs() throws Exception {
        assertThat(
                        CanonicalJson.JCS.text(
                                parse("{\"\\ufb33\":1,\"\\ud83d\\ude02\":2,\"\\u20ac\":\"$\"}")))
                .isEqualTo("{\"\u20ac\":\"$\",\"\ud83d\ude02\":2,\"\ufb33\":1}");
    }

    /// RFC 8785, appendix B.
    @ParameterizedTest
    @CsvSource({
        "0000000000000000,0",
        "8000000000000000,0",
        "0000000000000001,5e-324",
        "7fefffffffffffff,1.7976931348623157e+308",
        "4340000000000000,9007199254740992",
        "4430000000000000,295147905179352830000",
        "44b52d02c7e14af5,9.999999999999997e+22",
        "44b52d02c7e14af6,1e+23",
        "444b1ae4d6e2ef4e,999999999999999700000",
        "444b1ae4d6e2ef50,1e+21",
        "3eb0c6f7a0b5ed8c,9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d,0.000001",
        "41b3de4355555553,333333333.3333332",
        "becbf647612f3696,-0.0000033333333333333333"
    })
    void writesDoublesAsEcmaScriptDoes(String bits, String text) {
        double value = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));

        assertThat(CanonicalJson.JCS.text(new JsonValue.JsonFloat(value))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"a\":1,\"a\":2}",
                "NaN",
                "[1,]",
                "{\"a\":1}x",
                "1e400",
                "\"\\ud800\"",
                "\"\\ude02\\ud83d\"",
                "\uFEFF{}",
                "01",
                "'a'",
                "{\"a\":Infinity}",
                "// c\n1",
                "[1 2]"
            })
    void refusesWhatIsNotStrictJson(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(MalformedJson.class);
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        assertThatThrownBy(() -> StrictJson.parse(new byte[] {'"', (byte) 0xc3, 0x28, '"'}))
                .isInstanceOf(MalformedJson.class);
    }

    @Test
    void refusesDepthBeyondTheBound() {
        assertThatThrownBy(() -> parse("[".repeat(100) + "]".repeat(100)))
                .isInstanceOf(MalformedJson.class);
    }

    @Test
    void refusesAnIntegerOfMoreDigitsThanPythonTakes() {
        assertThatThrownBy(() -> parse("1".repeat(4_301))).isInstanceOf(MalformedJson.class);
    }

    @Test
    void neverQuotesTheInputInAnError() {
        assertThatThrownBy(() -> parse("{\"password\": hunter2}"))
                .hasMessageNotContaining("hunter2");
    }
}
