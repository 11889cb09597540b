package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.kernel.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Gathers a turn that is answered as one document; what the document looks like is its dialect's.
abstract class WholeAnswer extends EventRenderer {
    final Exchange exchange;
    final StringBuilder text = new StringBuilder();
    final StringBuilder reasoning = new StringBuilder();
    final List<ToolCall> calls = new ArrayList<>();
    private Optional<Began> begun = Optional.empty();

    WholeAnswer(Exchange exchange) {
        this.exchange = exchange;
    }

    final Began turn() {
        return begun.orElseThrow();
    }

    @Override
    final void begin(Began turn) {
        begun = Optional.of(turn);
    }

    @Override
    final void text(String piece) {
        text.append(piece);
    }

    @Override
    final void reasoning(String piece) {
        reasoning.append(piece);
    }

    @Override
    final void tool(int index, ToolCall call) {
        calls.add(call);
    }

    @Override
    final void failed(Problem problem, String requestId) {
        exchange.refuse(problem);
    }

    @Override
    public final void lost(Problem problem) {
        exchange.refuse(problem);
    }
}
