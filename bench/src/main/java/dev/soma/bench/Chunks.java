package dev.soma.bench;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The server-sent events of one streamed answer, in OpenAI's form.
final class Chunks {
    static final String DONE = "data: [DONE]\n\n";
    static final String ERROR =
            "data: {\"error\":{\"message\":\"scripted error\",\"type\":\"server_error\",\"code\":\"scripted\"}}\n\n";
    private static final int ID_BYTES = 21;

    /// Bytes of a content frame around its word, for the model name `scripted`; every name gets the
    /// same words.
    static final int ENVELOPE_BYTES =
            new Chunks("x".repeat(ID_BYTES), "scripted", 1_764_000_000)
                    .content("", null)
                    .getBytes(StandardCharsets.UTF_8)
                    .length;

    private final String start;

    Chunks(String id, String model, long created) {
        start =
                "data: {\"id\":\""
                        + id
                        + "\",\"object\":\"chat.completion.chunk\",\"created\":"
                        + created
                        + ",\"model\":\""
                        + model
                        + "\",\"choices\":[";
    }

    String role() {
        return start
                + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
    }

    String empty() {
        return start + "{\"index\":0,\"delta\":{},\"finish_reason\":null}]}\n\n";
    }

    String content(String word, @Nullable Tokens running) {
        return start
                + "{\"index\":0,\"delta\":{\"content\":\""
                + word
                + "\"},\"finish_reason\":null}]"
                + usage(running);
    }

    String reasoning(String word) {
        return start
                + "{\"index\":0,\"delta\":{\"reasoning_content\":\""
                + word
                + "\"},\"finish_reason\":null}]}\n\n";
    }

    /// A call of `look_up`, its arguments in two pieces.
    ///
    /// @param call counted from 0
    String tool(int call, boolean bad) {
        String arguments = arguments(call);
        int middle = arguments.length() / 2;
        String rest =
                bad
                        ? arguments.substring(middle, arguments.length() - 2)
                        : arguments.substring(middle);
        return piece(
                        "{\"index\":%d,\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"look_up\",\"arguments\":\"\"}}"
                                .formatted(call, toolId(call)))
                + piece(argumentsPiece(call, arguments.substring(0, middle)))
                + piece(argumentsPiece(call, rest));
    }

    static String toolId(int call) {
        return "call_scripted_" + call;
    }

    /// As text, to be escaped.
    static String arguments(int call) {
        return "{\"word\":\"ember\",\"number\":%d}".formatted(call);
    }

    private static String argumentsPiece(int call, String piece) {
        return "{\"index\":%d,\"function\":{\"arguments\":\"%s\"}}"
                .formatted(call, piece.replace("\"", "\\\""));
    }

    private String piece(String call) {
        return start
                + "{\"index\":0,\"delta\":{\"tool_calls\":["
                + call
                + "]},\"finish_reason\":null}]}\n\n";
    }

    String malformed(String word) {
        return start + "{\"index\":0,\"delta\":{\"content\":\"" + word.strip() + "\n\n";
    }

    String finish(ScriptKey.FinishReason reason, @Nullable Tokens usage) {
        return start
                + "{\"index\":0,\"delta\":{},\"finish_reason\":"
                + quoted(reason)
                + "}]"
                + usage(usage);
    }

    String usageOnly(Tokens usage) {
        return start + "]" + usage(usage);
    }

    private static String usage(@Nullable Tokens usage) {
        return usage == null ? "}\n\n" : ",\"usage\":" + usage.json() + "}\n\n";
    }

    static String quoted(ScriptKey.FinishReason reason) {
        return reason == ScriptKey.FinishReason.NONE
                ? "null"
                : '"' + reason.name().toLowerCase(Locale.ROOT) + '"';
    }
}
