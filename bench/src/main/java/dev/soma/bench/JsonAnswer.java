package dev.soma.bench;

import org.jspecify.annotations.Nullable;

/// The body of an answer that is not streamed.
final class JsonAnswer {
    private JsonAnswer() {}

    static String text(String id, Script script, int skipped, @Nullable Tokens usage) {
        StringBuilder text = new StringBuilder(1400);
        text.append("{\"id\":\"")
                .append(id)
                .append("\",\"object\":\"chat.completion\",\"created\":");
        text.append(System.currentTimeMillis() / 1000)
                .append(",\"model\":\"")
                .append(script.name());
        text.append(
                "\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_scripted\",\"choices\":[{\"index\":0,");
        text.append("\"message\":{\"role\":\"assistant\",\"content\":\"");
        for (int frame = skipped + 1; frame <= script.frames(); frame++) {
            text.append(Words.word(script, frame));
        }
        text.append('"').append(reasoning(script)).append(tools(script));
        text.append(",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":");
        text.append(Chunks.quoted(script.finish())).append("}]");
        if (usage != null) {
            text.append(",\"usage\":").append(usage.json());
        }
        return text.append('}').toString();
    }

    private static String reasoning(Script script) {
        StringBuilder thoughts = new StringBuilder();
        for (int word = 1; word <= script.number(ScriptKey.REASONING); word++) {
            thoughts.append("because").append(word).append(' ');
        }
        return thoughts.isEmpty() ? "" : ",\"reasoning_content\":\"" + thoughts + '"';
    }

    private static String tools(Script script) {
        StringBuilder calls = new StringBuilder();
        for (int call = 0; call < script.number(ScriptKey.TOOLS); call++) {
            String arguments = Chunks.arguments(call);
            String sent =
                    script.flag(ScriptKey.BAD_TOOLS)
                            ? arguments.substring(0, arguments.length() - 2)
                            : arguments;
            calls.append(calls.isEmpty() ? ",\"tool_calls\":[" : ",")
                    .append(
                            "{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"look_up\",\"arguments\":\"%s\"}}"
                                    .formatted(Chunks.toolId(call), sent.replace("\"", "\\\"")));
        }
        return calls.isEmpty() ? "" : calls.append(']').toString();
    }
}
