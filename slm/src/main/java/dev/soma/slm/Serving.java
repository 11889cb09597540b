package dev.soma.slm;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Owns the parts of a running server and their order: listen, load, prove, serve, drain.
final class Serving {
    private static final int MAX_TEXTS_WAITING = 128;
    private static final int PROBE_TOKENS = 8;

    private final Options options;
    private final Log log;
    private final InstantSource clock;
    private final Metrics metrics = new Metrics();
    private final HttpDoor door;
    private final DecodeQueue queue;
    private final Tracing tracing;
    private final long startedSeconds;
    private volatile @Nullable Routes routes;
    private volatile boolean stopping;

    private record Routes(ChatRoutes chat, TokenRoutes tokens, EmbeddingRoutes embeddings) {}

    Serving(Options options, Log log, InstantSource clock) {
        this.options = options;
        this.log = log;
        this.clock = clock;
        this.startedSeconds = clock.instant().getEpochSecond();
        this.door = new HttpDoor(log, metrics);
        this.tracing = new Tracing(options.otlpUrl(), options.modelId());
        this.queue = new DecodeQueue(options.limits().queue(), options.limits().queuePerKey());
        door.get("/health", this::health);
        door.get("/metrics", this::metrics);
        door.get("/v1/models", this::models);
        door.post("/v1/chat/completions", call -> ready().chat().complete(call));
        door.post("/v1/chat/tokenize", call -> ready().chat().tokenize(call));
        door.post("/v1/tokenize", call -> ready().tokens().tokenize(call));
        door.post("/v1/embeddings", call -> ready().embeddings().embed(call));
    }

    /// Listens, loads the models, decodes one answer to prove readiness, and returns the port.
    int start() throws StartException, InterruptedException {
        int port = door.listen(options.host(), options.port());
        FutureTask<Optional<Embedder>> embedding = new FutureTask<>(this::embedder);
        Thread loader = new Thread(embedding, "embedder-load");
        loader.setDaemon(true);
        loader.start();
        Engine engine = Engine.load(options);
        Pace pace = serveOn(engine);
        ChatExchange.Shared shared =
                new ChatExchange.Shared(
                        engine, metrics, pace, log, tracing, options.limits().stallMillis());
        NativeThread texts = new NativeThread("text", MAX_TEXTS_WAITING, door);
        NativeThread vectors = new NativeThread("vectors", MAX_TEXTS_WAITING, door);
        SecureRandom random = new SecureRandom();
        routes =
                new Routes(
                        new ChatRoutes(options, shared, queue, texts, door.vertx(), clock, random),
                        new TokenRoutes(engine, texts),
                        new EmbeddingRoutes(await(embedding), vectors, metrics));
        return port;
    }

    /// Refuses new answers, lets those in the line end, and closes; false when time ran out.
    boolean stop(long nanos) throws InterruptedException {
        stopping = true;
        queue.close();
        boolean drained = queue.awaitIdle(nanos);
        tracing.close();
        door.close();
        return drained;
    }

    private Routes ready() {
        Routes current = routes;
        if (current == null || stopping) {
            throw new RefusedException(
                    Refusal.busy(
                            stopping ? "shutting_down" : "not_ready",
                            stopping ? "The server is stopping." : "The model is loading.",
                            1));
        }
        return current;
    }

    /// Starts the decode thread, whose first work is the answer that proves the model ready.
    private Pace serveOn(Engine engine) throws InterruptedException, StartException {
        FutureTask<Pace> probe = new FutureTask<>(() -> probe(engine));
        CountDownLatch proved = new CountDownLatch(1);
        Thread decoder =
                new Thread(
                        () -> {
                            probe.run();
                            proved.countDown();
                            decode();
                        },
                        "decode");
        decoder.start();
        proved.await();
        return await(probe);
    }

    private void decode() {
        try {
            queue.serve();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Pace probe(Engine engine) throws StartException {
        ChatPrompt prompt =
                ChatPrompt.of(
                        engine,
                        List.of(new ChatMessage(ChatMessage.Role.USER, "Count to ten.")),
                        false);
        Probe output = new Probe();
        long begun = System.nanoTime();
        Engine.Decoded decoded =
                engine.generate(
                        new Engine.Generation(
                                prompt.text(),
                                prompt.tokens(),
                                PROBE_TOKENS,
                                new Sampling(0, 1, 1),
                                Optional.empty(),
                                Optional.empty()),
                        output);
        if (decoded.completionTokens() < 1) {
            throw new StartException("the model decoded no token of its first answer");
        }
        long first = output.firstNanos == 0 ? System.nanoTime() : output.firstNanos;
        long rest = Math.max(1, System.nanoTime() - first);
        log.info(
                "model.proved",
                Map.of(
                        "first_token_millis",
                        (first - begun) / 1_000_000,
                        "chat_ml",
                        engine.chatMl()));
        return new Pace(
                prompt.tokens() * 1e9 / Math.max(1, first - begun),
                Math.max(1, decoded.completionTokens() - 1) * 1e9 / rest);
    }

    private static final class Probe implements Engine.Output {
        private long firstNanos;

        @Override
        public boolean wanted() {
            return true;
        }

        @Override
        public boolean text(String piece) {
            if (firstNanos == 0) {
                firstNanos = System.nanoTime();
            }
            return true;
        }
    }

    private Optional<Embedder> embedder() throws StartException {
        return options.embeddings() ? Optional.of(Embedder.load()) : Optional.empty();
    }

    private static <T> T await(FutureTask<T> task) throws InterruptedException, StartException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof StartException known) {
                throw known;
            }
            throw new StartException("a model failed its first use: " + cause, cause);
        }
    }

    private void health(Call call) {
        boolean ready = routes != null && !stopping;
        ObjectNode health = Json.object();
        health.put("status", ready ? "ok" : stopping ? "stopping" : "loading");
        health.put("model", options.modelId());
        call.answer(ready ? 200 : 503, health);
    }

    private void metrics(Call call) {
        String text = metrics.text(routes != null && !stopping, queue.waiting(), queue.running());
        call.send(200, "text/plain; version=0.0.4; charset=utf-8", text);
    }

    private void models(Call call) {
        ArrayNode data = Json.array();
        data.add(model(options.modelId()).put("context_length", options.contextTokens()));
        if (options.embeddings()) {
            data.add(model(Embedder.MODEL_ID).put("dimensions", Embedder.DIMENSIONS));
        }
        ObjectNode document = Json.object();
        document.put("object", "list");
        document.set("data", data);
        call.answer(200, document);
    }

    private ObjectNode model(String id) {
        ObjectNode model = Json.object();
        model.put("id", id);
        model.put("object", "model");
        model.put("created", startedSeconds);
        model.put("owned_by", "soma");
        return model;
    }
}
