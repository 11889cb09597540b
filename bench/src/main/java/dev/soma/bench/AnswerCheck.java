package dev.soma.bench;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Verifies one answer as its bytes come: the text word for word, and for a stream its end mark. A
/// gateway may join or divide frames; each frame carries one word, so words missing are frames
/// lost.
final class AnswerCheck {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MOST_PENDING_BYTES = 8 << 20;

    private final boolean stream;
    private final String expected;
    private final int frames;
    private final Tally tally;
    private final long plannedNanos;
    private byte[] pending = new byte[4096];
    private int length;
    private int position;
    private long words;
    private boolean insideWord;
    private boolean exact = true;
    private boolean done;
    private long lastFrameNanos;
    private @Nullable String broken;

    AnswerCheck(Lane lane, String expected, Tally tally, long plannedNanos) {
        this.stream = lane.stream();
        this.frames = lane.frames();
        this.expected = expected;
        this.tally = tally;
        this.plannedNanos = plannedNanos;
    }

    void feed(Buffer data, long nowNanos) {
        int more = data.length();
        if (length + more > MOST_PENDING_BYTES) {
            broken = "a line or body over " + MOST_PENDING_BYTES + " bytes";
            length = 0;
            return;
        }
        if (length + more > pending.length) {
            pending = Arrays.copyOf(pending, Math.max(pending.length * 2, length + more));
        }
        data.getBytes(0, more, pending, length);
        int searched = length;
        length += more;
        if (stream) {
            lines(searched, nowNanos);
        }
    }

    private void lines(int searched, long nowNanos) {
        int start = 0;
        for (int i = searched; i < length; i++) {
            if (pending[i] == '\n') {
                line(start, i > start && pending[i - 1] == '\r' ? i - 1 : i, nowNanos);
                start = i + 1;
            }
        }
        System.arraycopy(pending, start, pending, 0, length - start);
        length -= start;
    }

    private void line(int from, int to, long nowNanos) {
        if (to - from < 6 || pending[from] != 'd' || pending[from + 4] != ':') {
            return;
        }
        int at = from + (pending[from + 5] == ' ' ? 6 : 5);
        if (to - at == 6 && pending[at] == '[') {
            done = new String(pending, at, 6, StandardCharsets.US_ASCII).equals("[DONE]");
            return;
        }
        long before = words;
        read(at, to - at);
        if (words > before) {
            if (lastFrameNanos == 0) {
                tally.firstFrame(nowNanos - plannedNanos);
            } else {
                tally.frame(nowNanos - lastFrameNanos);
            }
            lastFrameNanos = nowNanos;
        }
    }

    /// Reads `content` of the delta or message, and notes an `error`.
    private void read(int offset, int size) {
        try (JsonParser parser =
                JSON.createParser(ObjectReadContext.empty(), pending, offset, size)) {
            int depth = 0;
            boolean content = false;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (content && token == JsonToken.VALUE_STRING) {
                    text(parser.getString());
                }
                boolean name = token == JsonToken.PROPERTY_NAME;
                content = name && depth == 4 && parser.currentName().equals("content");
                if (name && depth == 1 && parser.currentName().equals("error")) {
                    broken = "an error object in the answer";
                }
            }
        } catch (JacksonException e) {
            broken = "malformed JSON";
        }
    }

    private void text(String text) {
        exact &= expected.startsWith(text, position);
        position += text.length();
        for (int i = 0; i < text.length(); i++) {
            boolean blank = text.charAt(i) == ' ';
            words += !blank && !insideWord ? 1 : 0;
            insideWord = !blank;
        }
    }

    /// Counts the frames; the reason why the answer is not whole, or null.
    @Nullable String end() {
        if (!stream) {
            read(0, length);
        }
        tally.frames(frames, words);
        if (broken != null) {
            return broken;
        }
        if (words < frames) {
            return "frames lost";
        }
        if (!exact || position != expected.length()) {
            return "another text than the provider's";
        }
        return stream && !done ? "a stream without [DONE]" : null;
    }
}
