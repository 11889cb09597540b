package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.internal.AnswerCache.Answer;
import dev.soma.conversation.internal.AnswerCache.Part;
import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.ProviderCall;
import dev.soma.provider.ProviderClient.ProviderListener;
import dev.soma.provider.ProviderClient.TokenUsage;
import io.vertx.core.Context;
import java.util.Optional;

/// A call that is answered by an answer that was kept. It uses no tokens. Lives on one event loop.
final class KeptCall implements ProviderCall {
    private final Answer answer;
    private final ProviderListener listener;
    private int next;
    private boolean paused;
    private boolean over;

    KeptCall(Answer answer, ProviderListener listener) {
        this.answer = answer;
        this.listener = listener;
    }

    void start(Context loop) {
        loop.runOnContext(now -> tell());
    }

    private void tell() {
        while (!paused && !over && next < answer.parts().size()) {
            switch (answer.parts().get(next++)) {
                case Part.Text(String text) -> listener.text(text);
                case Part.Reasoning(String text) -> listener.reasoning(text);
                case Part.Vector(int index, String base64) -> listener.embedding(index, base64);
                case Part.Tool(ToolCall call) ->
                        listener.tool(call.id(), call.name(), call.arguments());
            }
        }
        if (!paused && !over) {
            over = true;
            listener.ended(
                    new Ending.Completed(answer.finishReason(), Optional.of(new TokenUsage(0, 0))));
        }
    }

    @Override
    public void cancel() {
        over = true;
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        tell();
    }
}
