package dev.soma.provider.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A provider's stream is the same however it is cut, and no bytes of it do harm.
class ProviderStreamFuzzTests {
    private static final int MAX_EVENT_BYTES = 4_096;

    private static List<String> events(List<byte[]> parts) {
        List<String> events = new ArrayList<>();
        SseReader reader = new SseReader(MAX_EVENT_BYTES);
        ChunkReader chunks = new ChunkReader();
        try {
            for (byte[] part : parts) {
                reader.feed(
                        part,
                        (bytes, length) -> {
                            boolean read = chunks.read(bytes, length);
                            events.add(
                                    "%s %s %s %s"
                                            .formatted(
                                                    read,
                                                    chunks.text(),
                                                    chunks.finishReason(),
                                                    chunks.usage()));
                        });
            }
        } catch (SseReader.TooLarge tooLarge) {
            events.add("too large");
        }
        return events;
    }

    @FuzzTest(maxDuration = "60s")
    void whereAStreamIsCutChangesNothing(FuzzedDataProvider data) {
        int first = data.consumeInt(0, 1 << 16);
        int second = data.consumeInt(0, 1 << 16);
        byte[] bytes = data.consumeRemainingAsBytes();
        int from = Math.min(Math.min(first, second), bytes.length);
        int to = Math.min(Math.max(first, second), bytes.length);
        List<String> whole = events(List.of(bytes));
        assertThat(
                        events(
                                List.of(
                                        Arrays.copyOfRange(bytes, 0, from),
                                        Arrays.copyOfRange(bytes, from, to),
                                        Arrays.copyOfRange(bytes, to, bytes.length))))
                .isEqualTo(whole);
        List<byte[]> single = new ArrayList<>();
        for (byte one : bytes) {
            single.add(new byte[] {one});
        }
        assertThat(events(single)).isEqualTo(whole);
    }
}
