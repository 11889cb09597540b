package dev.soma.gateway.internal;

import dev.soma.conversation.Journal;
import dev.soma.conversation.Turns;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.identity.Identities;
import dev.soma.identity.Identities.Outcome.Authenticated;
import dev.soma.identity.Identities.Outcome.Rejected;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TraceContext;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.Providers;
import dev.soma.runtime.Traces;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// The hot routes: who asks, what is asked, and the renderer that answers.
class TurnRoutes {
    private static final int MAX_HOPS = 3;
    private static final int DEADLINE_SECONDS = 120;
    private static final List<String> KEY_HEADERS =
            List.of("x-api-key", "api-key", "x-goog-api-key");

    private final Door door;
    private final Identities identities;
    private final Turns turns;
    private final Providers providers;
    private final PolicyClaims claims;
    private final GatewayMetrics metrics;
    private final AtomicInteger running = new AtomicInteger();

    /// What every request at the door needs of the process.
    record Door(
            Vertx vertx,
            GatewaySettings settings,
            Identifiers identifiers,
            InstantSource clock,
            AnswerSignature signature,
            Traces traces) {}

    TurnRoutes(
            Door door,
            Identities identities,
            Turns turns,
            Providers providers,
            PolicyClaims claims,
            GatewayMetrics metrics) {
        this.claims = claims;
        this.door = door;
        this.identities = identities;
        this.turns = turns;
        this.providers = providers;
        this.metrics = metrics;
    }

    /// @param route its pattern; empty where the control plane answers
    Exchange exchange(HttpServerRequest request, String route) {
        return new Exchange(door, request, route);
    }

    /// Turns that have been accepted and not ended.
    AtomicInteger running() {
        return running;
    }

    void chatCompletions(Exchange exchange) {
        exchange.errorsAs(ErrorShape.OPENAI);
        turn(
                exchange,
                "chat.completions",
                body -> {
                    OpenAiChat chat = OpenAiChat.read(body);
                    Renderer renderer =
                            chat.turn().delivery().stream()
                                    ? new OpenAiStream(exchange, chat.includeUsage())
                                    : new OpenAiJson(exchange);
                    return new Asked(chat.turn(), renderer);
                });
    }

    void embeddings(Exchange exchange) {
        exchange.errorsAs(ErrorShape.OPENAI);
        turn(
                exchange,
                "embeddings",
                body -> {
                    OpenAiEmbeddings.Asked asked = OpenAiEmbeddings.read(body);
                    return new Asked(asked.turn(), new OpenAiEmbeddings(exchange, asked.base64()));
                });
    }

    void responses(Exchange exchange) {
        exchange.errorsAs(ErrorShape.OPENAI);
        turn(
                exchange,
                "responses",
                body -> {
                    ResponsesBody asked = ResponsesBody.read(body);
                    boolean stream = asked.turn().delivery().stream();
                    return new Asked(
                            asked.turn(), new ResponsesStream(exchange, asked.echo(), stream, -1));
                });
    }

    void messages(Exchange exchange) {
        exchange.errorsAs(ErrorShape.ANTHROPIC);
        turn(
                exchange,
                "messages",
                body -> {
                    TurnRequest asked = AnthropicBody.read(body);
                    return new Asked(
                            asked,
                            asked.delivery().stream()
                                    ? new AnthropicStream(exchange)
                                    : new AnthropicJson(exchange));
                });
    }

    /// @param route its name in the metrics
    void nativeStream(Exchange exchange, String route) {
        turn(
                exchange,
                route,
                body -> new Asked(NativeChat.read(body, true), new NativeStream(exchange)));
    }

    void step(Exchange exchange) {
        turn(
                exchange,
                "conversation.step",
                body -> new Asked(NativeChat.read(body, false), new NativeJson(exchange)));
    }

    /// The same, full duplex.
    void socket(Exchange exchange, Journal journal) {
        identified(
                exchange,
                actor ->
                        exchange.request()
                                .toWebSocket()
                                .onSuccess(
                                        socket -> {
                                            exchange.upgraded();
                                            new ChatSocket(
                                                            socket,
                                                            turns,
                                                            journal,
                                                            actor,
                                                            new SocketTurns(exchange.trace()))
                                                    .open();
                                        }));
    }

    /// One turn at a time on a connection.
    private final class SocketTurns implements ChatSocket.Counted {
        private final TraceContext trace;
        private GatewayMetrics.TurnMeter meter;

        private SocketTurns(TraceContext trace) {
            this.trace = trace;
            this.meter = arrived();
        }

        private GatewayMetrics.TurnMeter arrived() {
            return metrics.turn("chat.socket", System.nanoTime(), trace);
        }

        @Override
        public void began() {
            running.incrementAndGet();
            meter = arrived();
        }

        @Override
        public void ended(String decision) {
            running.decrementAndGet();
            meter.ended(decision);
        }
    }

    private record Asked(TurnRequest turn, Renderer renderer) {}

    private interface Reading {
        Asked read(BodyReader body);
    }

    private void turn(Exchange exchange, String route, Reading reading) {
        GatewayMetrics.TurnMeter meter = metrics.turn(route, System.nanoTime(), exchange.trace());
        identified(
                exchange,
                actor ->
                        claims.check(
                                exchange,
                                actor,
                                () ->
                                        exchange.body(
                                                bytes ->
                                                        begin(
                                                                exchange, actor, bytes, reading,
                                                                meter))));
    }

    private void begin(
            Exchange exchange,
            ActorContext actor,
            byte[] bytes,
            Reading reading,
            GatewayMetrics.TurnMeter meter) {
        try {
            Asked asked = reading.read(BodyReader.of(bytes));
            TurnRequest turn = asked.turn().approvedBy(exchange.approval());
            TurnRequest request =
                    turn.told(
                            turn.delivery()
                                    .as(
                                            exchange.once(bytes),
                                            CacheHeaders.wish(exchange.request())));
            new TurnExchange(door, exchange, asked.renderer(), running, meter)
                    .begin(turns, actor, request);
        } catch (ProblemException e) {
            meter.ended("invalid");
            exchange.refuse(e.problem());
        }
    }

    void identified(Exchange exchange, Consumer<ActorContext> then) {
        int hops = exchange.hops();
        if (hops >= MAX_HOPS) {
            exchange.refuse(
                    Problem.of(
                            ProblemKind.LOOP_DETECTED,
                            "A provider leads back to this platform; name another base URL."));
            return;
        }
        SortedSet<String> credentials = credentials(exchange.request());
        if (credentials.isEmpty()) {
            exchange.response().putHeader("WWW-Authenticate", "Bearer");
            exchange.refuse(
                    Problem.of(
                            ProblemKind.CREDENTIAL_MISSING,
                            "Send 'Authorization: Bearer <key or token>'."));
        } else if (credentials.size() > 1) {
            exchange.refuse(
                    Problem.of(
                            ProblemKind.INVALID_REQUEST,
                            "The request carries two different credentials."));
        } else {
            long started = System.nanoTime();
            Identities.Outcome outcome = identities.authenticate(credentials.first());
            metrics.identified(System.nanoTime() - started);
            switch (outcome) {
                case Authenticated(Actor actor) ->
                        then.accept(
                                new ActorContext(
                                        actor,
                                        actor.tenant(),
                                        exchange.requestId(),
                                        exchange.trace(),
                                        door.clock().instant().plusSeconds(DEADLINE_SECONDS),
                                        hops));
                case Rejected(String reason) ->
                        exchange.refuse(
                                Problem.of(
                                        ProblemKind.CREDENTIAL_INVALID,
                                        "The key or token is not valid."));
            }
        }
    }

    private static SortedSet<String> credentials(HttpServerRequest request) {
        TreeSet<String> found = new TreeSet<>();
        for (String header : request.headers().getAll("authorization")) {
            if (header.regionMatches(true, 0, "Bearer ", 0, 7)) {
                found.add(header.substring(7).strip());
            }
        }
        KEY_HEADERS.forEach(name -> found.addAll(request.headers().getAll(name)));
        return found;
    }

    void models(Exchange exchange) {
        exchange.errorsAs(ErrorShape.OPENAI);
        identified(
                exchange,
                actor -> {
                    List<JsonValue> data = new ArrayList<>();
                    for (ModelTarget target : providers.models(actor)) {
                        data.add(
                                JsonValue.object()
                                        .put("id", target.address())
                                        .put("object", "model")
                                        .put("created", 0)
                                        .put("owned_by", target.provider())
                                        .build());
                    }
                    exchange.json(
                            200,
                            JsonValue.object()
                                    .put("object", "list")
                                    .put("data", JsonValue.array(data))
                                    .build());
                });
    }
}
