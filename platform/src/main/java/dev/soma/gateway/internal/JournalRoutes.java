package dev.soma.gateway.internal;

import dev.soma.conversation.Journal;
import dev.soma.conversation.Journal.From;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Pattern;

/// The ways back into a session.
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

    /// `GET /v1/conversation/{session}/stream`: reads on after `Last-Event-ID`, or `?after=` where
    /// a client cannot send the header.
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
                        OptionalLong number =
                                after.map(text -> OptionalLong.of(Long.parseLong(text)))
                                        .orElse(OptionalLong.empty());
                        tell(
                                exchange,
                                new NativeReplay(exchange),
                                actor,
                                session,
                                From.after(number, true));
                    }
                });
    }

    private void tell(
            Exchange exchange,
            Replay.Telling telling,
            ActorContext actor,
            String session,
            From from) {
        new Replay(exchange, settings, telling).begin(journal, actor, session, from);
    }

    /// `GET /v1/chat/{session}/stream`: the turn that runs in a session, from its
    /// beginning, for the AI SDK of Vercel; 204 when none runs.
    void reconnect(Exchange exchange, String session) {
        turns.identified(
                exchange,
                actor ->
                        tell(
                                exchange,
                                new AiSdkStream(exchange, journal),
                                actor,
                                session,
                                From.runningTurn()));
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
                                        var told =
                                                new ResponsesStream(
                                                        exchange, echo.get(), stream, after);
                                        tell(
                                                exchange,
                                                new StoredResponse(journal, told),
                                                actor,
                                                turn.toString(),
                                                From.after(OptionalLong.empty(), stream));
                                    }
                                });
    }

    private static Problem noResponse() {
        return Problem.of(ProblemKind.NOT_FOUND, "There is no such stored response.");
    }

    private static boolean isNumber(String text) {
        return NUMBER.matcher(text).matches() && Long.parseLong(text) <= MAX;
    }
}
