package dev.soma.kernel.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.soma.kernel.TraceContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/// Whatever bytes come: a value or [MalformedJson], and a value that is written is read again.
class StrictJsonFuzzTests {
    @FuzzTest(maxDuration = "60s")
    void whatIsReadCanBeWrittenAndReadAgain(byte[] bytes) {
        JsonValue value;
        try {
            value = StrictJson.parse(bytes);
        } catch (MalformedJson refused) {
            assertThat(refused).hasMessageMatching("(?s).+");
            return;
        }
        byte[] python = CanonicalJson.PYTHON.bytes(value);
        assertThat(parsed(python)).isEqualTo(value);
        assertThat(CanonicalJson.PYTHON.bytes(parsed(python))).isEqualTo(python);
    }

    private static JsonValue parsed(byte[] bytes) {
        try {
            return StrictJson.parse(bytes);
        } catch (MalformedJson e) {
            throw new AssertionError(new String(bytes, StandardCharsets.UTF_8), e);
        }
    }

    @FuzzTest(maxDuration = "60s")
    void aTraceIsContinuedOrBegunAnew(byte[] bytes) {
        String header = new String(bytes, StandardCharsets.ISO_8859_1);
        UUID fresh = new UUID(7, 9);
        TraceContext trace = TraceContext.from(List.of(header), fresh);
        assertThat(trace.header()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
        assertThat(trace.header()).doesNotContain("0".repeat(32));
    }
}
