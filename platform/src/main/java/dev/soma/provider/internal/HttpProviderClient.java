package dev.soma.provider.internal;

import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
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
        WireDialect dialect = WireDialect.of(target.endpoint());
        HttpCall call = new HttpCall(vertx, settings, request, listener, dialect.reader());
        Optional<byte[]> body = dialect.body(target, request).map(CanonicalJson.JCS::bytes);
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

    private RequestOptions options(ModelTarget target, ProviderRequest request) {
        URI base = target.endpoint().baseUrl();
        WireDialect dialect = WireDialect.of(target.endpoint());
        RequestOptions options =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setHost(base.getHost())
                        .setPort(target.endpoint().port())
                        .setSsl(target.endpoint().tls())
                        .setURI(base.getPath() + dialect.path(request.operation()))
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
        dialect.authorize(options, target.endpoint().apiKey());
        return options;
    }

    /// By which our own model server lets tenants take turns and keeps what it remembers of them
    /// apart. Only a server on this machine or network gets it: it is the same for all requests
    /// of a tenant, and can be guessed from the tenant's name.
    private static String fairKey(ProviderRequest request) {
        return Digest.sha256Hex("fair/" + request.share().tenant());
    }
}
