package dev.soma.bench;

import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the provider does with one request, read from the model name by the grammar of [ScriptKey].
final class Script {
    private static final Pattern NAME = Pattern.compile("scripted[a-z0-9.-]*");
    private static final long MOST_ANSWER_BYTES = 256L << 20;

    private final String name;
    private final Map<ScriptKey, Long> given;
    private final ScriptKey.UsageMode usage;
    private final ScriptKey.SplitMode split;
    private final ScriptKey.FinishReason finish;

    private Script(String name, Map<ScriptKey, Long> given) {
        this.name = name;
        this.given = given;
        this.usage = ScriptKey.UsageMode.valueOf(ScriptKey.USAGE.choice(number(ScriptKey.USAGE)));
        this.split = ScriptKey.SplitMode.valueOf(ScriptKey.SPLIT.choice(number(ScriptKey.SPLIT)));
        this.finish =
                number(ScriptKey.TOOLS) > 0 && !has(ScriptKey.FINISH)
                        ? ScriptKey.FinishReason.TOOL_CALLS
                        : ScriptKey.FinishReason.valueOf(
                                ScriptKey.FINISH.choice(number(ScriptKey.FINISH)));
    }

    sealed interface Reading {
        record Read(Script script) implements Reading {}

        record Refused(int status, String code, String reason) implements Reading {}
    }

    static Reading read(String model) {
        int colon = model.indexOf(':');
        String name = colon < 0 ? model : model.substring(0, colon);
        if (!NAME.matcher(name).matches()) {
            return new Reading.Refused(
                    404, "model_not_found", "no model '" + name + "' here; use 'scripted'");
        }
        Map<ScriptKey, Long> given = new EnumMap<>(ScriptKey.class);
        String items = colon < 0 ? "" : model.substring(colon + 1);
        for (int at = 0; at < items.length(); ) {
            int comma = items.indexOf(',', at);
            int end = comma < 0 ? items.length() : comma;
            String refusal = readItem(items.substring(at, end), given);
            if (refusal != null) {
                return new Reading.Refused(400, "invalid_script", refusal);
            }
            at = end + 1;
        }
        Script script = new Script(name, given);
        if (script.number(ScriptKey.FRAMES) * script.number(ScriptKey.FRAME_BYTES)
                > MOST_ANSWER_BYTES) {
            String reason = "frames times frame-bytes is over " + MOST_ANSWER_BYTES;
            return new Reading.Refused(400, "invalid_script", reason);
        }
        return new Reading.Read(script);
    }

    private static @Nullable String readItem(String item, Map<ScriptKey, Long> given) {
        int equals = item.indexOf('=');
        String name = equals < 0 ? item : item.substring(0, equals);
        ScriptKey key = ScriptKey.of(name);
        if (key == null) {
            return "unknown script key '" + name + "'; known are\n" + ScriptKey.help();
        }
        Long value = key.read(equals < 0 ? null : item.substring(equals + 1));
        if (value == null) {
            return "script key '" + name + "' takes " + key.expected() + ", not '" + item + "'";
        }
        return given.putIfAbsent(key, value) == null
                ? null
                : "script key '" + name + "' is given twice";
    }

    String name() {
        return name;
    }

    boolean has(ScriptKey key) {
        return given.containsKey(key);
    }

    long number(ScriptKey key) {
        Long value = given.get(key);
        return value == null ? key.preset() : value;
    }

    int frames() {
        return Math.toIntExact(number(ScriptKey.FRAMES));
    }

    boolean flag(ScriptKey key) {
        return number(key) == 1;
    }

    ScriptKey.UsageMode usage() {
        return usage;
    }

    ScriptKey.SplitMode split() {
        return split;
    }

    ScriptKey.FinishReason finish() {
        return finish;
    }
}
