package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.Frames;
import dev.soma.conversation.Turns.Delivery;
import dev.soma.conversation.Turns.OnBusy;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.JournalBells.Bell;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.conversation.internal.OnceRepository.Before;
import dev.soma.conversation.internal.SessionDoor.Ticket;
import dev.soma.conversation.internal.SessionRepository.Session;
import dev.soma.conversation.internal.StopIntents.Intent;
import dev.soma.conversation.internal.TurnWrite.Asked;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// Lets a turn into its session: waits for its place as the caller asked, and brings the history.
/// Works on virtual threads, because it asks the database and waits.
class SessionEntry {
    private static final Logger log = LoggerFactory.getLogger(SessionEntry.class);
    private static final int LOOK_MILLIS = 100;

    private final SessionRepository sessions;
    private final History history;
    private final JournalRepository journal;
    private final OnceRepository keys;
    private final StopIntents stops;
    private final JournalBells bells;
    private final SessionDoor door = new SessionDoor();
    private final ExecutorService waiting = Executors.newVirtualThreadPerTaskExecutor();

    /// What is kept of turns before.
    record Kept(History history, JournalRepository journal, OnceRepository keys) {}

    SessionEntry(SessionRepository sessions, Kept kept, StopIntents stops, JournalBells bells) {
        this.sessions = sessions;
        this.history = kept.history();
        this.journal = kept.journal();
        this.keys = kept.keys();
        this.stops = stops;
        this.bells = bells;
    }

    /// What came of it.
    sealed interface Entered {
        /// @param request with the history before what the caller says
        /// @param ticket to be left once the turn is admitted or refused
        record In(TurnRequest request, Asked asked, Optional<Ticket> ticket) implements Entered {}

        record Out(Problem problem) implements Entered {}

        /// It was done before; this is what was told then.
        record Again(Frames told) implements Entered {}
    }

    /// @param patienceMillis how long the turn may wait for another one to end
    void enter(
            ActorContext actor,
            TurnRequest request,
            long patienceMillis,
            Consumer<Entered> entered) {
        waiting.execute(() -> entered.accept(enter(actor, request, patienceMillis)));
    }

    private Entered enter(ActorContext actor, TurnRequest request, long patienceMillis) {
        try {
            Optional<Entered> before = before(actor, request);
            if (before.isPresent()) {
                return before.get();
            }
            return request.session().isEmpty()
                    ? alone(actor, request)
                    : enterWithin(
                            actor,
                            new Place(actor.tenant().value(), request.session().get()),
                            request,
                            patienceMillis);
        } catch (DataAccessException | TransactionException e) {
            log.atWarn().addKeyValue("cause", e.getMessage()).log("a session cannot be read");
            return new Entered.Out(
                    Problem.of(ProblemKind.ENGINE_UNAVAILABLE, "The database does not answer."));
        }
    }

    private Optional<Entered> before(ActorContext actor, TurnRequest request) {
        return request.delivery()
                .once()
                .flatMap(
                        once ->
                                keys.find(
                                        actor.tenant().value(), actor.actor().user().value(), once))
                .map(this::again);
    }

    private Entered again(Before before) {
        if (!before.same()) {
            return new Entered.Out(
                    Problem.of(
                            ProblemKind.KEY_REUSED,
                            "The Idempotency-Key has asked for something else before."));
        }
        if (before.running()) {
            return new Entered.Out(
                    Problem.of(
                            ProblemKind.CONFLICT,
                            "The request with this Idempotency-Key is being answered."));
        }
        List<byte[]> told = journal.ofTurn(before.place(), before.turn());
        return told.isEmpty()
                ? new Entered.Out(
                        Problem.of(ProblemKind.GONE, "What was answered is not kept any more."))
                : new Entered.Again(NativeFrames.join(told));
    }

    private Entered enterWithin(
            ActorContext actor, Place place, TurnRequest request, long patienceMillis) {
        Optional<Ticket> ticket = Optional.empty();
        try {
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
            Optional<Session> session = sessions.find(place);
            Optional<Problem> closed = closed(actor, session);
            if (closed.isPresent()) {
                return new Entered.Out(closed.get());
            }
            OnBusy onBusy = onBusy(request.delivery(), session);
            ticket = door.join(place, onBusy != OnBusy.REJECT);
            if (ticket.isEmpty()) {
                return new Entered.Out(busy(onBusy));
            }
            Entered entered =
                    inLine(actor, place, request, new Line(onBusy, ticket.get(), deadline));
            if (entered instanceof Entered.In) {
                ticket = Optional.empty();
            }
            return entered;
        } catch (TimeoutException e) {
            return new Entered.Out(
                    Problem.of(
                            ProblemKind.SESSION_BUSY, "The session's turns took too long to end."));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Entered.Out(
                    Problem.of(ProblemKind.ENGINE_UNAVAILABLE, "This node is stopping."));
        } catch (ExecutionException e) {
            throw new IllegalStateException("waiting in line cannot fail", e);
        } finally {
            ticket.ifPresent(Ticket::leave);
        }
    }

    private record Line(OnBusy onBusy, Ticket ticket, long deadline) {
        long leftMillis() {
            return Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
        }
    }

    private static Optional<Problem> closed(ActorContext actor, Optional<Session> session) {
        if (session.isEmpty()) {
            return Optional.empty();
        }
        if (!session.get().owner().equals(actor.actor().user().value())) {
            return Optional.of(Problem.of(ProblemKind.NOT_FOUND, "There is no such session."));
        }
        return session.get().ended()
                ? Optional.of(
                        Problem.of(ProblemKind.CONFLICT, "The session has ended; start another."))
                : Optional.empty();
    }

    private static OnBusy onBusy(Delivery delivery, Optional<Session> session) {
        return delivery.onBusy()
                .orElseGet(
                        () -> session.map(found -> found.manner().onBusy()).orElse(OnBusy.REJECT));
    }

    private static Problem busy(OnBusy onBusy) {
        return Problem.of(
                ProblemKind.SESSION_BUSY,
                onBusy == OnBusy.REJECT
                        ? "Wait for the session's running turn to end."
                        : "%d turns wait already.".formatted(SessionDoor.MAX_WAITING));
    }

    private Entered inLine(ActorContext actor, Place place, TurnRequest request, Line line)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (Bell bell = bells.listen(place)) {
            line.ticket().first().get(line.leftMillis(), TimeUnit.MILLISECONDS);
            Optional<Session> session = sessions.find(place);
            Optional<UUID> stopped = Optional.empty();
            while (session.flatMap(Session::running).isPresent()) {
                UUID running = session.flatMap(Session::running).get();
                if (line.onBusy() == OnBusy.REJECT) {
                    return new Entered.Out(busy(line.onBusy()));
                }
                if (line.leftMillis() == 0) {
                    throw new TimeoutException();
                }
                if (line.onBusy() != OnBusy.ENQUEUE && !stopped.equals(Optional.of(running))) {
                    boolean keep = line.onBusy() == OnBusy.INTERRUPT;
                    stops.ask(place, new Intent(running, "replaced", keep));
                    stopped = Optional.of(running);
                }
                bell.await(Math.min(LOOK_MILLIS, line.leftMillis()));
                session = sessions.find(place);
            }
            Optional<Problem> closed = closed(actor, session);
            return closed.isPresent()
                    ? new Entered.Out(closed.get())
                    : in(place, request, session, line.ticket());
        }
    }

    private Entered in(Place place, TurnRequest request, Optional<Session> session, Ticket ticket) {
        List<ChatMessage> past = session.isPresent() ? history.read(place) : List.of();
        Optional<String> system =
                request.past()
                        .system()
                        .or(() -> session.map(found -> found.manner().system()))
                        .filter(text -> !text.isEmpty());
        String model =
                request.model().isEmpty()
                        ? session.map(found -> found.manner().model()).orElse("")
                        : request.model();
        Asked asked =
                new Asked(
                        Optional.of(History.encode(request.messages(), request.delivery().echo())),
                        OptionalLong.of(session.map(Session::head).orElse(0L)),
                        Optional.empty(),
                        request.delivery().once());
        return new Entered.In(whole(request, model, system, past), asked, Optional.of(ticket));
    }

    private static TurnRequest whole(
            TurnRequest request, String model, Optional<String> system, List<ChatMessage> past) {
        List<ChatMessage> messages = new ArrayList<>();
        system.ifPresent(text -> messages.add(new ChatMessage("system", text)));
        messages.addAll(past);
        messages.addAll(request.messages());
        return new TurnRequest(
                request.past(),
                model,
                messages,
                request.maxTokens(),
                request.task(),
                request.delivery(),
                request.approval());
    }

    /// A turn outside of sessions, which may follow another one.
    private Entered alone(ActorContext actor, TurnRequest request) {
        List<ChatMessage> past = List.of();
        if (request.past().after().isPresent()) {
            Optional<List<ChatMessage>> found =
                    history.upTo(
                            actor.tenant().value(),
                            actor.actor().user().value(),
                            request.past().after().get());
            if (found.isEmpty()) {
                return new Entered.Out(
                        Problem.of(ProblemKind.NOT_FOUND, "There is no such answer to follow."));
            }
            past = found.get();
        }
        return at(request, past);
    }

    private static Asked asked(TurnRequest request) {
        return new Asked(
                request.delivery()
                        .echo()
                        .map(echo -> History.encode(request.messages(), Optional.of(echo))),
                OptionalLong.empty(),
                request.past().after(),
                request.delivery().once());
    }

    /// Nothing has to be asked for a turn that follows none.
    static Entered at(TurnRequest request) {
        return at(request, List.of());
    }

    private static Entered at(TurnRequest request, List<ChatMessage> past) {
        return new Entered.In(
                whole(request, request.model(), request.past().system(), past),
                asked(request),
                Optional.empty());
    }
}
