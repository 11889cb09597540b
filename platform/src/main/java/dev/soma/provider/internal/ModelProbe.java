package dev.soma.provider.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient;
import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.Failure;
import dev.soma.provider.ProviderClient.Operation;
import dev.soma.provider.ProviderClient.ProviderListener;
import dev.soma.provider.ProviderClient.ProviderRequest;
import dev.soma.provider.ProviderClient.Share;
import dev.soma.provider.ProviderClient.TokenUsage;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Asks a model for one token, for real, before anybody depends on it.
class ModelProbe {
    private static final long TIMEOUT_MILLIS = 30_000;

    private final ProviderClient client;
    private final Vertx vertx;

    ModelProbe(ProviderClient client, Vertx vertx) {
        this.client = client;
        this.vertx = vertx;
    }

    /// @param failure empty when it answered
    /// @param millis until it had answered
    record Tried(
            String target, Optional<Failure> failure, long millis, Optional<TokenUsage> usage) {
        boolean answered() {
            return failure.isEmpty();
        }

        JsonObject document() {
            var document =
                    JsonValue.object()
                            .put("target", target)
                            .put("answered", JsonValue.of(answered()))
                            .put("millis", millis);
            failure.ifPresent(kind -> document.put("failure", kind.wireName()));
            usage.ifPresent(
                    counted ->
                            document.put("input_tokens", counted.inputTokens())
                                    .put("output_tokens", counted.outputTokens()));
            return document.build();
        }
    }

    /// Waits for the answer; not for event loops.
    Tried run(ActorContext actor, ModelTarget target) {
        long started = System.nanoTime();
        CompletableFuture<Ending> ended = new CompletableFuture<>();
        ProviderRequest request =
                new ProviderRequest(
                        Operation.CHAT,
                        body(),
                        false,
                        Map.of("x-request-id", actor.requestId()),
                        TIMEOUT_MILLIS,
                        new Share(actor.tenant(), "probe", 32),
                        actor.trace());
        ProviderListener listener =
                new ProviderListener() {
                    @Override
                    public void text(String piece) {}

                    @Override
                    public void ended(Ending ending) {
                        ended.complete(ending);
                    }
                };
        vertx.getOrCreateContext().runOnContext(now -> client.start(target, request, listener));
        Ending ending = ended.join();
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        return switch (ending) {
            case Ending.Completed(String reason, Optional<TokenUsage> usage) ->
                    new Tried(target.address(), Optional.empty(), millis, usage);
            case Ending.Failed failed ->
                    new Tried(target.address(), Optional.of(failed.kind()), millis, failed.usage());
        };
    }

    private static JsonObject body() {
        JsonObject message =
                JsonValue.object()
                        .put("role", "user")
                        .put("content", "Answer with one word.")
                        .build();
        return JsonValue.object()
                .put("max_tokens", 1)
                .put("messages", JsonValue.array(List.of(message)))
                .build();
    }
}
