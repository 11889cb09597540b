package dev.soma.gateway.internal;

import dev.soma.conversation.Journal;
import dev.soma.conversation.Journal.From;
import dev.soma.conversation.Journal.Reader;
import dev.soma.conversation.Journal.Reading;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/// Tells a caller what the journal holds: the journal waits while the caller reads slowly, and a
/// caller who stops reading is let go. Lives on one event loop.
final class Replay implements Reader {
    private final Exchange exchange;
    private final GatewaySettings settings;
    private final Telling telling;
    private @Nullable Reading reading;
    private long heartbeat = -1;
    private long stall = -1;

    /// How it is told, in some dialect.
    interface Telling {
        /// @param bytes whole frames of the journal
        void frames(byte[] bytes);

        /// There is nothing to tell, and no turn runs.
        void nothing();

        /// That was all for now.
        void end();

        void refused(Problem problem);

        void heartbeat();
    }

    Replay(Exchange exchange, GatewaySettings settings, Telling telling) {
        this.exchange = exchange;
        this.settings = settings;
        this.telling = telling;
    }

    void begin(Journal journal, ActorContext actor, String session, From from) {
        reading = journal.read(actor, session, from, this);
        exchange.response().closeHandler(closed -> over());
    }

    private void over() {
        exchange.cancelTimer(heartbeat);
        exchange.cancelTimer(stall);
        if (reading != null) {
            reading.stop();
        }
    }

    @Override
    public void refused(Problem problem) {
        over();
        telling.refused(problem);
    }

    @Override
    public void nothing() {
        over();
        telling.nothing();
    }

    @Override
    public void end() {
        over();
        telling.end();
    }

    @Override
    public void frames(byte[] bytes) {
        if (heartbeat < 0) {
            heartbeat = exchange.every(settings.heartbeatMillis(), telling::heartbeat);
        }
        telling.frames(bytes);
        if (exchange.response().ended()) {
            over();
        } else {
            holdBack();
        }
    }

    private void holdBack() {
        HttpServerResponse response = exchange.response();
        if (reading == null || !response.headWritten() || stall >= 0) {
            return;
        }
        if (response.writeQueueFull()) {
            Reading held = reading;
            held.pause();
            stall = exchange.after(settings.stallTimeoutMillis(), exchange::hangUp);
            response.drainHandler(
                    drained -> {
                        exchange.cancelTimer(stall);
                        stall = -1;
                        held.resume();
                    });
        }
    }
}
