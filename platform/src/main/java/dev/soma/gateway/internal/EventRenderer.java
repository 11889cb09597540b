package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Channel;
import dev.soma.conversation.TurnEvent.Completed;
import dev.soma.conversation.TurnEvent.Counted;
import dev.soma.conversation.TurnEvent.Cut;
import dev.soma.conversation.TurnEvent.Delta;
import dev.soma.conversation.TurnEvent.Embedded;
import dev.soma.conversation.TurnEvent.Failed;
import dev.soma.conversation.TurnEvent.GuardCut;
import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.conversation.TurnEvent.Stopped;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.conversation.TurnEvent.ToolCalled;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger.Usage;

/// A [Renderer] that is told one event after another.
abstract class EventRenderer implements Renderer {
    private Usage counted = new Usage(0, 0, 0);

    @Override
    public final void frames(Frames frames) {
        frames.events().forEach(this::event);
    }

    final void event(TurnEvent event) {
        switch (event) {
            case Began began -> begin(began);
            case Delta(Channel channel, String text) -> {
                if (channel == Channel.TEXT) {
                    text(text);
                } else {
                    reasoning(text);
                }
            }
            case Queued queued -> queued(queued);
            case Embedded vector -> embedded(vector);
            case ToolCalled(int index, ToolCall call) -> tool(index, call);
            case Switched switched -> switched(switched);
            case Counted(Usage usage) -> counted = usage;
            case GuardCut _ -> {}
            case Completed(String reason, String sha256, Usage usage) -> finish(reason, usage);
            case Stopped(String reason, String sha256, Usage usage) -> stopped(usage);
            case Cut(Problem problem, String requestId) -> {
                if (problem.kind() == ProblemKind.OUTPUT_REFUSED) {
                    finish("content_filter", counted);
                } else {
                    failed(problem, requestId);
                }
            }
            case Failed(Problem problem, String requestId) -> failed(problem, requestId);
        }
    }

    abstract void begin(Began turn);

    abstract void text(String piece);

    abstract void reasoning(String piece);

    abstract void tool(int index, ToolCall call);

    void embedded(Embedded vector) {}

    void queued(Queued place) {}

    void switched(Switched to) {}

    /// @param reason as OpenAI names it: `stop`, `length`, `tool_calls`, `content_filter`
    abstract void finish(String reason, Usage usage);

    /// Somebody asked for it to stop.
    void stopped(Usage usage) {
        finish("stop", usage);
    }

    abstract void failed(Problem problem, String requestId);
}
