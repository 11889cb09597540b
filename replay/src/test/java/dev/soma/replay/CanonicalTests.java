package dev.soma.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/// Both canonical forms, on the vectors of their own makers.
class CanonicalTests {
    private static final JsonMapper JSON = new JsonMapper();

    private static String write(Canonical form, String json) {
        return new String(form.bytes(JSON.readTree(json)), StandardCharsets.UTF_8);
    }

    /// Made with CPython.
    @Test
    void pythonsNumbersAndKeysAreAsPythonWritesThem() {
        assertThat(
                        write(
                                Canonical.PYTHON,
                                "{\"a\":1.0,\"b\":-0.0,\"c\":1e16,\"d\":1e-7,\"e\":-0,\"f\":9007199254740993,\"g\":0.0001,\"h\":0.00001,\"i\":1E2,\"j\":123456789012345680.0}"))
                .isEqualTo(
                        "{\"a\":1.0,\"b\":-0.0,\"c\":1e+16,\"d\":1e-07,\"e\":0,\"f\":9007199254740993,\"g\":0.0001,\"h\":1e-05,\"i\":100.0,\"j\":1.2345678901234568e+17}");
        assertThat(
                        write(
                                Canonical.PYTHON,
                                "{\"\\ufb33\":1,\"\\ud83d\\ude02\":2,\"\\u00e9\":\"\\u007f\\u2014/\"}"))
                .isEqualTo("{\"\\u00e9\":\"\\u007f\\u2014/\",\"\\ufb33\":1,\"\\ud83d\\ude02\":2}");
    }

    /// RFC 8785, appendix B.
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "8000000000000000, 0",
        "1, 5e-324",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "4340000000000000, 9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "becbf647612f3696, -0.0000033333333333333333"
    })
    void numbersAreAsEcmaScriptWritesThem(String bits, String written) {
        assertThat(Canonical.ecmaScript(Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16))))
                .isEqualTo(written);
    }
}
