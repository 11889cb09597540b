package dev.soma.gateway.internal;

import dev.soma.conversation.Journal;
import dev.soma.conversation.Journal.From;
import dev.soma.conversation.Journal.Reader;
import dev.soma.conversation.Journal.Reading;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `GET /v1/conversation/{session}/stream`: the way back into a session.
class JournalRoutes {
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,15}");

    /// What JavaScript counts exactly.
    private static final long MAX = (1L << 53) - 1;

    private final TurnRoutes turns;
    private final Journal journal;
    private final GatewaySettings settings;

    JournalRoutes(TurnRoutes turns, Journal journal, GatewaySettings settings) {
        this.turns = turns;
        this.journal = journal;
        this.settings = settings;
    }

    void socket(Exchange exchange) {
        turns.socket(exchange, journal);
    }

    /// Reads on after `Last-Event-ID`, or `?after=` where a client cannot send the header.
    void resume(Exchange exchange, String session) {
        turns.identified(
                exchange,
                actor -> {
                    List<String> given = exchange.request().headers().getAll("last-event-id");
                    Optional<String> after =
                            given.isEmpty()
                                    ? Optional.ofNullable(exchange.request().getParam("after"))
                                    : Optional.of(String.join(",", given));
                    if (after.filter(text -> !isNumber(text)).isPresent()) {
                        exchange.refuse(
                                Problem.of(
                                        ProblemKind.INVALID_REQUEST,
                                        "'Last-Event-ID' must be the number of a frame."));
                    } else {
                        new Following(exchange).begin(actor, session, after);
                    }
                });
    }

    /// `GET /v1/responses/{id}`: a stored response as it stands, or with `?stream=true` its events
    /// after
    /// `starting_after`, numbered as they were.
    void response(Exchange exchange, String id) {
        exchange.errorsAs(ErrorShape.OPENAI);
        turns.identified(
                exchange,
                actor -> {
                    String after = exchange.request().getParam("starting_after");
                    boolean stream = "true".equals(exchange.request().getParam("stream"));
                    if (after != null && !isNumber(after)) {
                        exchange.refuse(
                                Problem.at(
                                        "/starting_after",
                                        "'starting_after' must be the number of an event."));
                        return;
                    }
                    long from = after == null ? -1 : Long.parseLong(after);
                    ResponsesBody.turn(id)
                            .ifPresentOrElse(
                                    turn -> stored(exchange, actor, turn, stream, from),
                                    () -> exchange.refuse(noResponse()));
                });
    }

    private void stored(
            Exchange exchange, ActorContext actor, UUID turn, boolean stream, long after) {
        var _ =
                journal.echo(actor, turn)
                        .whenComplete(
                                (echo, failure) -> {
                                    if (failure != null || echo == null) {
                                        exchange.refuse(
                                                Problem.of(
                                                        ProblemKind.ENGINE_UNAVAILABLE,
                                                        "The database does not answer."));
                                    } else if (echo.isEmpty()) {
                                        exchange.refuse(noResponse());
                                    } else {
                                        new StoredResponse(
                                                        exchange,
                                                        journal,
                                                        new ResponsesStream(
                                                                exchange,
                                                                echo.get(),
                                                                stream,
                                                                after))
                                                .begin(actor, turn, stream);
                                    }
                                });
    }

    private static Problem noResponse() {
        return Problem.of(ProblemKind.NOT_FOUND, "There is no such stored response.");
    }

    private static boolean isNumber(String text) {
        return NUMBER.matcher(text).matches() && Long.parseLong(text) <= MAX;
    }

    /// One answer.
    private final class Following implements Reader {
        private final Exchange exchange;
        private final SseWriter out;
        private @Nullable Reading reading;
        private long heartbeat = -1;
        private long stall = -1;

        Following(Exchange exchange) {
            this.exchange = exchange;
            this.out = new SseWriter(exchange.response(), exchange.loop());
        }

        void begin(ActorContext actor, String session, Optional<String> after) {
            OptionalLong number =
                    after.map(text -> OptionalLong.of(Long.parseLong(text)))
                            .orElse(OptionalLong.empty());
            reading = journal.read(actor, session, new From(number, true), this);
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
            if (out.begun()) {
                end();
            } else {
                over();
                exchange.refuse(problem);
            }
        }

        /// The answer that keeps an EventSource from coming back.
        @Override
        public void nothing() {
            over();
            exchange.noContent();
        }

        @Override
        public void frames(byte[] bytes) {
            if (!out.begun()) {
                out.begin();
                heartbeat = exchange.every(settings.heartbeatMillis(), out::heartbeat);
            }
            out.write(bytes);
            holdBack();
        }

        private void holdBack() {
            if (reading == null || !exchange.response().headWritten() || stall >= 0) {
                return;
            }
            if (exchange.response().writeQueueFull()) {
                Reading held = reading;
                held.pause();
                stall = exchange.after(settings.stallTimeoutMillis(), exchange::hangUp);
                exchange.response()
                        .drainHandler(
                                drained -> {
                                    exchange.cancelTimer(stall);
                                    stall = -1;
                                    held.resume();
                                });
            }
        }

        @Override
        public void end() {
            over();
            if (!out.begun()) {
                out.begin();
            }
            out.end(new byte[0]);
        }
    }
}
