package dev.soma.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The grammar of a script, its only definition:
///
/// ```
/// model  = name [ ":" item *( "," item ) ]
/// name   = "scripted" *( "a"-"z" / "0"-"9" / "-" / "." )
/// item   = key "=" value / flag
/// ```
///
/// Durations are `20ms`, `2s` or a bare number of milliseconds. Frames count from 1: `cut=40`
/// closes the connection after frame 40, `cut=0` before the first. An unknown key or a value out of
/// bounds is HTTP 400, naming it.
public enum ScriptKey {
    FRAMES("frames", Kind.COUNT, 64, 1_000_000, "content frames, one word each; in JSON, words"),
    FRAME_BYTES(
            "frame-bytes",
            Kind.COUNT,
            188,
            1 << 20,
            "bytes of a content frame; words are padded to it"),
    BURST("burst", Kind.COUNT, 1, 1_000_000, "content frames in one write"),
    DELAY("delay", Kind.MILLIS, 0, 600_000, "wait before the first byte of the answer"),
    PACE(
            "pace",
            Kind.MILLIS,
            0,
            60_000,
            "time between content frames, kept by plan and not by drift"),
    CUT(
            "cut",
            Kind.FRAME,
            -1,
            1_000_000,
            "close after this frame; in JSON, in the middle of the body"),
    STALL(
            "stall",
            Kind.FRAME,
            -1,
            1_000_000,
            "send nothing more after this frame, connection open"),
    MALFORMED(
            "malformed",
            Kind.FRAME,
            -1,
            1_000_000,
            "this frame is JSON cut short; in JSON, the body"),
    ERROR_FRAME(
            "error-frame",
            Kind.FRAME,
            -1,
            1_000_000,
            "an error object instead of this frame, then the end"),
    EMPTY_DELTAS(
            "empty-deltas",
            Kind.COUNT,
            0,
            10_000_000,
            "frames without content before the first word"),
    STATUS(
            "status",
            Kind.STATUS,
            200,
            599,
            "answer with it and an OpenAI error body; a redirect leads back here"),
    RETRY_AFTER("retryafter", Kind.FRAME, -1, 86_400, "Retry-After in seconds, beside a status"),
    TIMES(
            "times",
            Kind.FRAME,
            -1,
            1_000_000,
            "status holds for the first so many requests of this model name"),
    USAGE("usage", UsageMode.values(), "how usage is told"),
    SPLIT("split", SplitMode.values(), "how the bytes of a frame are split over writes"),
    FINISH("finish", FinishReason.values(), "finish_reason"),
    PROMPT_TOKENS(
            "prompt_tokens",
            Kind.TOKENS,
            0,
            Long.MAX_VALUE,
            "told instead of the words of the prompt"),
    COMPLETION_TOKENS(
            "completion_tokens", Kind.TOKENS, 0, Long.MAX_VALUE, "told instead of the frames sent"),
    TOOLS("tools", Kind.COUNT, 0, 8, "calls of the tool look_up after the text"),
    REASONING("reasoning", Kind.COUNT, 0, 1_000, "words of reasoning_content before the text"),
    BAD_TOOLS("bad-tools", "the arguments of tool calls are JSON cut short"),
    NO_DONE("no-done", "a stream ends without [DONE]"),
    HTML("html", "200 with an HTML page"),
    SILENT("silent", "accept the request and send nothing, for at most ten minutes"),
    JSON_FOR_SSE("json-for-sse", "a JSON document although a stream was asked for"),
    GZIP_BOMB("gzipbomb", "a gzip body of about 64 KiB that grows to 64 MiB"),
    ENDLESS_HEADER("endless-header", "response headers without end, for at most 256 MiB");

    enum Kind {
        COUNT,
        STATUS,
        FRAME,
        MILLIS,
        TOKENS,
        FLAG,
        CHOICE
    }

    enum UsageMode {
        /// True counts: in JSON always, in a stream in a last chunk when
        /// `stream_options.include_usage` asks for it.
        HONEST,
        /// As honest, whether a stream asks or not.
        ALWAYS,
        NONE,
        /// 200 ms after the chunk with the finish reason, before `[DONE]`.
        LATE,
        /// Behind `[DONE]`.
        AFTERDONE,
        /// A running count in each content frame.
        EVERY,
        /// In the chunk with the finish reason, whose `choices` is not empty.
        WRONGCHOICES,
        NEGATIVE,
        HUGE
    }

    enum SplitMode {
        NONE,
        /// Words of several-byte characters, each frame written in two parts that divide a
        /// character.
        UTF8,
        /// Each byte is a chunk of its own.
        BYTES
    }

    enum FinishReason {
        STOP,
        LENGTH,
        CONTENT_FILTER,
        TOOL_CALLS,
        /// No chunk carries a finish reason.
        NONE
    }

    private final String key;
    private final Kind kind;
    private final long preset;
    private final long most;
    /// Joined by `|`: a field of an enum is immutable.
    private final String choices;
    private final String meaning;

    ScriptKey(String key, Kind kind, long preset, long most, String meaning) {
        this.key = key;
        this.kind = kind;
        this.preset = preset;
        this.most = most;
        this.choices = "";
        this.meaning = meaning;
    }

    ScriptKey(String key, String meaning) {
        this(key, Kind.FLAG, 0, 1, meaning);
    }

    ScriptKey(String key, Enum<?>[] choices, String meaning) {
        this.key = key;
        this.kind = Kind.CHOICE;
        this.preset = 0;
        this.most = choices.length - 1L;
        this.choices =
                Arrays.stream(choices)
                        .map(c -> c.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining("|"));
        this.meaning = meaning;
    }

    String key() {
        return key;
    }

    long preset() {
        return preset;
    }

    static @Nullable ScriptKey of(String name) {
        for (ScriptKey each : values()) {
            if (each.key.equals(name)) {
                return each;
            }
        }
        return null;
    }

    /// The value as a number, or null when it is not one of this key.
    @Nullable Long read(@Nullable String value) {
        return switch (kind) {
            case FLAG ->
                    value == null || value.equals("yes")
                            ? Long.valueOf(1)
                            : value.equals("no") ? 0L : null;
            case CHOICE -> choice(value);
            case COUNT, FRAME -> bounded(value, 1);
            case TOKENS -> value == null ? null : number(value);
            case MILLIS -> millis(value);
            case STATUS -> status(value);
        };
    }

    /// The name of the choice with this number.
    String choice(long number) {
        return List.of(choices.split("\\|")).get(Math.toIntExact(number)).toUpperCase(Locale.ROOT);
    }

    private @Nullable Long choice(@Nullable String value) {
        int index = value == null ? -1 : List.of(choices.split("\\|")).indexOf(value);
        return index < 0 ? null : Long.valueOf(index);
    }

    /// A final status that may have a body.
    private @Nullable Long status(@Nullable String value) {
        Long number = bounded(value, 1);
        boolean fits = number != null && (number == 200 || (number >= 300 && number != 304));
        return fits ? number : null;
    }

    private @Nullable Long millis(@Nullable String value) {
        if (value == null || value.endsWith("ms")) {
            return value == null ? null : bounded(value.substring(0, value.length() - 2), 1);
        }
        return value.endsWith("s")
                ? bounded(value.substring(0, value.length() - 1), 1000)
                : bounded(value, 1);
    }

    private @Nullable Long bounded(@Nullable String value, long unit) {
        Long number = value == null ? null : number(value);
        if (number == null || number < 0 || number > most / unit) {
            return null;
        }
        return number * unit;
    }

    private static @Nullable Long number(String value) {
        try {
            return Long.valueOf(value);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    String expected() {
        return switch (kind) {
            case FLAG -> "a flag: alone, or =yes or =no";
            case CHOICE -> "one of " + choices;
            case COUNT, FRAME -> "a number from 0 to " + most;
            case TOKENS -> "a whole number";
            case MILLIS -> "a duration like 20ms or 2s, at most " + most + "ms";
            case STATUS -> "200, or from 300 to 599 but not 304";
        };
    }

    /// One line a key, for the help text.
    static String help() {
        List<String> lines = new ArrayList<>();
        for (ScriptKey each : values()) {
            lines.add("  %-18s %s (%s)".formatted(each.key, each.meaning, each.expected()));
        }
        return String.join("\n", lines);
    }
}
