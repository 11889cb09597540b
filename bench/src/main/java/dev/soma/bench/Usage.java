package dev.soma.bench;

import org.jspecify.annotations.Nullable;

/// The usage that a script tells, from the true count.
final class Usage {
    private Usage() {}

    static @Nullable Tokens told(Script script, Tokens counted) {
        return switch (script.usage()) {
            case NONE -> null;
            case NEGATIVE ->
                    Tokens.of(-1 - counted.promptTokens(), -1 - counted.completionTokens());
            case HUGE -> new Tokens(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
            case HONEST, ALWAYS, LATE, AFTERDONE, EVERY, WRONGCHOICES ->
                    Tokens.of(
                            or(script, ScriptKey.PROMPT_TOKENS, counted.promptTokens()),
                            or(script, ScriptKey.COMPLETION_TOKENS, counted.completionTokens()));
        };
    }

    private static long or(Script script, ScriptKey key, long counted) {
        return script.has(key) ? script.number(key) : counted;
    }
}
