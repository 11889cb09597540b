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
        text.append("\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":");
        text.append(Chunks.quoted(script.finish())).append("}]");
        if (usage != null) {
            text.append(",\"usage\":").append(usage.json());
        }
        return text.append('}').toString();
    }
}
