package dev.soma.provider.internal;

import dev.soma.kernel.Secret;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.provider.Endpoint;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.Operation;
import dev.soma.provider.ProviderClient.ProviderRequest;
import io.vertx.core.http.RequestOptions;
import java.util.Optional;

/// How a provider is spoken to over HTTP.
enum WireDialect {
    OPENAI {
        @Override
        AnswerReader reader() {
            return new ChunkReader();
        }

        @Override
        String path(Operation operation) {
            return operation.path();
        }

        @Override
        Optional<JsonObject> body(ModelTarget target, ProviderRequest request) {
            var body = JsonValue.object();
            request.body().members().forEach(body::put);
            body.put("model", target.model());
            if (request.operation() == Operation.EMBEDDINGS) {
                return Optional.of(body.put("encoding_format", "float").build());
            }
            body.put("stream", JsonValue.of(request.stream()));
            if (request.stream()) {
                body.put(
                        "stream_options",
                        JsonValue.object().put("include_usage", JsonValue.of(true)).build());
            }
            return Optional.of(body.build());
        }

        @Override
        void authorize(RequestOptions options, Optional<Secret> key) {
            key.ifPresent(
                    secret -> options.putHeader("authorization", "Bearer " + secret.reveal()));
        }
    },

    ANTHROPIC {
        @Override
        AnswerReader reader() {
            return new AnthropicReader();
        }

        @Override
        String path(Operation operation) {
            return "/messages";
        }

        @Override
        Optional<JsonObject> body(ModelTarget target, ProviderRequest request) {
            return request.operation() == Operation.CHAT
                    ? AnthropicRequest.of(request.body(), target.model(), request.stream())
                    : Optional.empty();
        }

        @Override
        void authorize(RequestOptions options, Optional<Secret> key) {
            options.putHeader("anthropic-version", AnthropicRequest.VERSION);
            key.ifPresent(secret -> options.putHeader("x-api-key", secret.reveal()));
        }
    };

    static WireDialect of(Endpoint endpoint) {
        return switch (endpoint.dialect()) {
            case OPENAI -> OPENAI;
            case ANTHROPIC -> ANTHROPIC;
        };
    }

    /// Of one answer.
    abstract AnswerReader reader();

    /// Below the provider's base.
    abstract String path(Operation operation);

    /// @return empty when the dialect cannot say what is asked
    abstract Optional<JsonObject> body(ModelTarget target, ProviderRequest request);

    /// Shows who asks.
    abstract void authorize(RequestOptions options, Optional<Secret> key);
}
