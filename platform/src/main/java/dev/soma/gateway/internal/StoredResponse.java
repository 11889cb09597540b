package dev.soma.gateway.internal;

import dev.soma.conversation.Journal;
import dev.soma.conversation.Journal.From;
import dev.soma.conversation.Journal.Reader;
import dev.soma.conversation.Journal.Reading;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Tells a stored response again, from the journal.
final class StoredResponse implements Reader {
    private final Exchange exchange;
    private final Journal journal;
    private final ResponsesStream renderer;
    private @Nullable Reading reading;

    StoredResponse(Exchange exchange, Journal journal, ResponsesStream renderer) {
        this.exchange = exchange;
        this.journal = journal;
        this.renderer = renderer;
    }

    void begin(ActorContext actor, UUID turn, boolean stream) {
        Reading begun =
                journal.read(actor, turn.toString(), new From(OptionalLong.empty(), stream), this);
        reading = begun;
        exchange.response().closeHandler(closed -> begun.stop());
    }

    @Override
    public void refused(Problem problem) {
        renderer.lost(problem);
    }

    @Override
    public void nothing() {
        renderer.standing();
    }

    @Override
    public void frames(byte[] bytes) {
        journal.events(bytes).forEach(renderer::event);
        if (reading != null && exchange.response().headWritten() && !exchange.response().ended()) {
            Reading held = reading;
            if (exchange.response().writeQueueFull()) {
                held.pause();
                exchange.response().drainHandler(drained -> held.resume());
            }
        }
    }

    @Override
    public void end() {
        renderer.standing();
    }
}
