package dev.soma.provider.internal;

import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.provider.Endpoint;
import dev.soma.provider.Endpoint.Dialect;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.Optional;

/// [ProviderClient] on Vert.x: HTTP/1.1 with a pool for each provider, no redirects, no
/// compression.
class HttpProviderClient implements ProviderClient {
    private final Vertx vertx;
    private final HttpClient client;
    private final ProviderSettings settings;
    private final PinnedAddresses addresses;

    HttpProviderClient(Vertx vertx, ProviderSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
        this.addresses = new PinnedAddresses(vertx, settings);
        this.client =
                vertx.createHttpClient(
                        new HttpClientOptions()
                                .setConnectTimeout(settings.connectTimeoutMillis())
                                .setKeepAlive(true)
                                .setTcpNoDelay(true)
                                .setMaxHeaderSize(16_384)
                                .setDecompressionSupported(false),
                        new PoolOptions()
                                .setHttp1MaxSize(settings.poolSize())
                                .setMaxWaitQueueSize(settings.poolQueue()));
    }

    @Override
    public ProviderCall start(
            ModelTarget target, ProviderRequest request, ProviderListener listener) {
        boolean anthropic = target.endpoint().dialect() == Dialect.ANTHROPIC;
        HttpCall call =
                new HttpCall(
                        vertx,
                        settings,
                        request,
                        listener,
                        anthropic ? new AnthropicReader() : new ChunkReader());
        Optional<byte[]> body = body(target, request);
        if (body.isEmpty()) {
            vertx.getOrCreateContext().runOnContext(nothing -> call.unsupported());
            return call;
        }
        addresses
                .pin(target.endpoint())
                .compose(address -> client.request(options(target, request).setServer(address)))
                .onComplete(opened -> call.opened(opened, Buffer.buffer(body.get())));
        return call;
    }

    /// @return empty when the provider's dialect cannot say what is asked
    private static Optional<byte[]> body(ModelTarget target, ProviderRequest request) {
        return switch (target.endpoint().dialect()) {
            case OPENAI -> Optional.of(openAi(target, request));
            case ANTHROPIC ->
                    request.operation() == Operation.CHAT
                            ? AnthropicRequest.of(request.body(), target.model(), request.stream())
                                    .map(CanonicalJson.JCS::bytes)
                            : Optional.empty();
        };
    }

    private static byte[] openAi(ModelTarget target, ProviderRequest request) {
        var body = JsonValue.object();
        request.body().members().forEach(body::put);
        body.put("model", target.model());
        if (request.operation() == Operation.EMBEDDINGS) {
            return CanonicalJson.JCS.bytes(body.put("encoding_format", "float").build());
        }
        body.put("stream", JsonValue.of(request.stream()));
        if (request.stream()) {
            JsonObject usage = JsonValue.object().put("include_usage", JsonValue.of(true)).build();
            body.put("stream_options", usage);
        }
        return CanonicalJson.JCS.bytes(body.build());
    }

    private RequestOptions options(ModelTarget target, ProviderRequest request) {
        URI base = target.endpoint().baseUrl();
        RequestOptions options =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setHost(base.getHost())
                        .setPort(target.endpoint().port())
                        .setSsl(target.endpoint().tls())
                        .setURI(base.getPath() + path(target, request))
                        .setConnectTimeout(settings.connectTimeoutMillis())
                        .putHeader("content-type", "application/json")
                        .putHeader(
                                "accept",
                                request.stream() ? "text/event-stream" : "application/json");
        request.headers().forEach(options::putHeader);
        options.putHeader("traceparent", request.trace().header());
        if (!request.trace().state().isEmpty()) {
            options.putHeader("tracestate", request.trace().state());
        }
        if (!target.endpoint().tls()) {
            options.putHeader("x-soma-fair-key", fairKey(request));
        }
        credentials(target.endpoint(), options);
        return options;
    }

    /// By which our own model server lets tenants take turns and keeps what it remembers of them
    /// apart. Only a server on this machine or network gets it: it is the same for all requests of
    /// a
    /// tenant, and can be guessed from the tenant's name.
    private static String fairKey(ProviderRequest request) {
        return Digest.sha256Hex("fair/" + request.share().tenant());
    }

    private static String path(ModelTarget target, ProviderRequest request) {
        return switch (target.endpoint().dialect()) {
            case OPENAI -> request.operation().path();
            case ANTHROPIC -> "/messages";
        };
    }

    private static void credentials(Endpoint endpoint, RequestOptions options) {
        switch (endpoint.dialect()) {
            case OPENAI ->
                    endpoint.apiKey()
                            .ifPresent(
                                    key ->
                                            options.putHeader(
                                                    "authorization", "Bearer " + key.reveal()));
            case ANTHROPIC -> {
                options.putHeader("anthropic-version", AnthropicRequest.VERSION);
                endpoint.apiKey().ifPresent(key -> options.putHeader("x-api-key", key.reveal()));
            }
        }
    }
}
