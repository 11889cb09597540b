package dev.soma.bench;

/// Usage of one answer in tokens: a word of the prompt is one, a content frame is one.
public record Tokens(long promptTokens, long completionTokens, long totalTokens) {
    static Tokens of(long prompt, long completion) {
        return new Tokens(prompt, completion, prompt + completion);
    }

    String json() {
        return "{\"prompt_tokens\":"
                + promptTokens
                + ",\"completion_tokens\":"
                + completionTokens
                + ",\"total_tokens\":"
                + totalTokens
                + ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0}"
                + ",\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
                + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}";
    }
}
