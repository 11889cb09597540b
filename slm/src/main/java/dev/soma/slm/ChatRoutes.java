package dev.soma.slm;

import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/// `POST /v1/chat/completions` and `POST /v1/chat/tokenize`.
final class ChatRoutes {
    /// The longest answer when a request names no bound.
    private static final int DEFAULT_MAX_TOKENS = 1024;

    private final Options options;
    private final ChatExchange.Shared shared;
    private final DecodeQueue queue;
    private final NativeThread texts;
    private final Vertx vertx;
    private final InstantSource clock;
    private final RandomGenerator random;

    ChatRoutes(
            Options options,
            ChatExchange.Shared shared,
            DecodeQueue queue,
            NativeThread texts,
            Vertx vertx,
            InstantSource clock,
            RandomGenerator random) {
        this.options = options;
        this.shared = shared;
        this.queue = queue;
        this.texts = texts;
        this.vertx = vertx;
        this.clock = clock;
        this.random = random;
    }

    void tokenize(Call call) {
        ChatRequest request = ChatRequest.toCount(call.json(), options.modelId());
        texts.run(
                call,
                () -> {
                    ChatPrompt prompt = prompt(request);
                    ObjectNode answer = Json.object().put("count", prompt.tokens());
                    return () -> call.answer(200, answer);
                });
    }

    void complete(Call call) {
        Optional<String> fairKey = call.fairKey();
        ChatRequest request =
                ChatRequest.of(
                        call.json(),
                        options.modelId(),
                        OptionalLong.of(random.nextInt(Integer.MAX_VALUE)));
        texts.run(
                call,
                () -> {
                    Engine.Generation generation = generation(request, fairKey);
                    return () -> admit(call, request, generation);
                });
    }

    private ChatPrompt prompt(ChatRequest request) {
        return ChatPrompt.of(shared.engine(), request.messages(), request.continued());
    }

    private Engine.Generation generation(ChatRequest request, Optional<String> fairKey) {
        ChatPrompt prompt = prompt(request);
        int room = options.contextTokens() - prompt.tokens();
        if (room < 1) {
            throw new RefusedException(
                    Refusal.invalid(
                            "context_length_exceeded",
                            "messages",
                            "The messages take %d tokens; the context has %d and an answer needs at least one."
                                    .formatted(prompt.tokens(), options.contextTokens())));
        }
        Optional<String> grammar =
                request.format().map(format -> shared.engine().grammar(format.json()));
        return new Engine.Generation(
                prompt.text(),
                prompt.tokens(),
                Math.min(room, request.maxTokens().orElse(DEFAULT_MAX_TOKENS)),
                request.sampling(),
                grammar,
                fairKey);
    }

    private void admit(Call call, ChatRequest request, Engine.Generation generation) {
        if (!call.open()) {
            return;
        }
        ChatReply.Head head =
                new ChatReply.Head(
                        "chatcmpl-%016x".formatted(random.nextLong()),
                        clock.instant().getEpochSecond(),
                        options.modelId());
        ChatReply reply =
                request.stream()
                        ? new ChatReply.Streamed(call, head)
                        : new ChatReply.Whole(call, head, new StringBuilder());
        ChatExchange exchange = new ChatExchange(shared, call, request, generation, reply);
        watch(call, exchange);
        switch (queue.offer(exchange)) {
            case ACCEPTED -> expire(call, exchange);
            case QUEUE_FULL ->
                    exchange.refuse(
                            busy("queue_full", "%d requests wait.", options.limits().queue()));
            case KEY_FULL ->
                    exchange.refuse(
                            busy(
                                    "key_queue_full",
                                    "%d requests of this key wait.",
                                    options.limits().queuePerKey()));
            case CLOSED -> exchange.refuse(busy("shutting_down", "The server is stopping.", 0));
        }
    }

    private void watch(Call call, ChatExchange exchange) {
        call.response().exceptionHandler(error -> exchange.leave());
        call.response().drainHandler(nothing -> exchange.drained());
        call.response()
                .closeHandler(
                        nothing -> {
                            exchange.leave();
                            queue.withdraw(exchange);
                        });
    }

    private void expire(Call call, ChatExchange exchange) {
        long timer =
                vertx.setTimer(
                        options.limits().queueWaitMillis(),
                        id -> {
                            if (queue.withdraw(exchange)) {
                                exchange.refuse(
                                        busy(
                                                "queue_wait_exceeded",
                                                "No turn came within %d ms.",
                                                options.limits().queueWaitMillis()));
                            }
                        });
        call.onEnd(() -> vertx.cancelTimer(timer));
    }

    private Refusal busy(String code, String message, long limit) {
        return Refusal.busy(
                code, message.formatted(limit), shared.pace().secondsUntilFree(System.nanoTime()));
    }
}
