package dev.soma.slm;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The HTTP side: one event loop, bounded headers and bodies, one table of routes.
final class HttpDoor {
    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final int MAX_HEADER_BYTES = 16 << 10;
    private static final int MAX_LINE_BYTES = 4 << 10;
    private static final int SEND_BUFFER_BYTES = 64 << 10;
    private static final long BODY_MILLIS = 30_000;

    /// What answers a route. May throw [RefusedException].
    interface Handler {
        void handle(Call call);
    }

    private record Route(String method, Handler handler) {}

    private final Map<String, Route> routes = new LinkedHashMap<>();
    private final Vertx vertx;
    private final Log log;
    private final Metrics metrics;
    private @Nullable HttpServer server;

    HttpDoor(Log log, Metrics metrics) {
        this.log = log;
        this.metrics = metrics;
        this.vertx =
                Vertx.vertx(
                        new VertxOptions()
                                .setEventLoopPoolSize(1)
                                .setWorkerPoolSize(1)
                                .setInternalBlockingPoolSize(1)
                                .setFileSystemOptions(
                                        new FileSystemOptions()
                                                .setFileCachingEnabled(false)
                                                .setClassPathResolvingEnabled(false)));
    }

    Vertx vertx() {
        return vertx;
    }

    void get(String path, Handler handler) {
        routes.put(path, new Route("GET", handler));
    }

    void post(String path, Handler handler) {
        routes.put(path, new Route("POST", handler));
    }

    /// Listens and returns the port that was bound.
    int listen(String host, int port) throws StartException, InterruptedException {
        HttpServerOptions options =
                new HttpServerOptions()
                        .setMaxHeaderSize(MAX_HEADER_BYTES)
                        .setMaxInitialLineLength(MAX_LINE_BYTES)
                        .setTcpNoDelay(true)
                        .setSendBufferSize(SEND_BUFFER_BYTES)
                        .setCompressionSupported(false)
                        .setHandle100ContinueAutomatically(true);
        HttpServer created = vertx.createHttpServer(options).requestHandler(this::accept);
        server = created;
        try {
            return created.listen(port, host)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS)
                    .actualPort();
        } catch (ExecutionException | TimeoutException e) {
            throw new StartException(
                    "cannot listen on %s port %d: %s"
                            .formatted(
                                    host,
                                    port,
                                    e.getCause() == null ? e : e.getCause().getMessage()),
                    e);
        }
    }

    /// Stops listening and closes what is still open.
    void close() throws InterruptedException {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(2, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.error("http.close.failed", Map.of("error", e.getClass().getSimpleName()));
        }
    }

    private void accept(HttpServerRequest request) {
        @Nullable String path = request.path();
        @Nullable Route route = path == null ? null : routes.get(path);
        Context context = vertx.getOrCreateContext();
        Call call = new Call(request, context, route == null ? "other" : String.valueOf(path));
        long begun = System.nanoTime();
        request.response().endHandler(nothing -> ended(call, begun));
        if (route == null) {
            discard(request, call, Refusal.of(404, "not_found", "There is no such route."));
        } else if (!route.method().equals(request.method().name())) {
            request.response().putHeader("allow", route.method());
            discard(
                    request,
                    call,
                    Refusal.of(405, "method_not_allowed", "Use " + route.method() + " here."));
        } else if (route.method().equals("GET")) {
            run(route, call);
        } else {
            readBody(request, call, route);
        }
    }

    private void readBody(HttpServerRequest request, Call call, Route route) {
        String type = String.valueOf(request.getHeader("content-type")).toLowerCase(Locale.ROOT);
        String media = type.split(";", -1)[0].strip();
        if (!media.equals("application/json") || request.getHeader("content-encoding") != null) {
            discard(
                    request,
                    call,
                    Refusal.of(
                            415,
                            "unsupported_media_type",
                            "Send application/json without content-encoding."));
            return;
        }
        Buffer body = Buffer.buffer();
        long timer =
                vertx.setTimer(
                        BODY_MILLIS,
                        id ->
                                discard(
                                        request,
                                        call,
                                        Refusal.of(
                                                408,
                                                "request_timeout",
                                                "The body did not arrive in time.")));
        request.handler(
                part -> {
                    if (!call.open()) {
                        return;
                    }
                    if (body.length() + part.length() > MAX_BODY_BYTES) {
                        discard(
                                request,
                                call,
                                Refusal.of(
                                        413,
                                        "body_too_large",
                                        "A body has at most %d bytes.".formatted(MAX_BODY_BYTES)));
                        return;
                    }
                    body.appendBuffer(part);
                });
        request.exceptionHandler(error -> vertx.cancelTimer(timer));
        request.endHandler(
                nothing -> {
                    vertx.cancelTimer(timer);
                    if (call.open()) {
                        call.body(body);
                        run(route, call);
                    }
                });
    }

    private void run(Route route, Call call) {
        try {
            route.handler().handle(call);
        } catch (RefusedException e) {
            call.refuse(e.refusal());
        } catch (RuntimeException e) {
            failed(call, e);
        }
    }

    /// Answers without reading the rest of the body, so the connection cannot be used again.
    private static void discard(HttpServerRequest request, Call call, Refusal refusal) {
        if (call.open() && !request.isEnded()) {
            call.response().putHeader("connection", "close");
        }
        call.refuse(refusal);
    }

    void failed(Call call, Throwable error) {
        log.error(
                "request.failed",
                Map.of(
                        "route",
                        call.route(),
                        "error",
                        error.getClass().getName(),
                        "at",
                        error.getStackTrace().length == 0
                                ? ""
                                : error.getStackTrace()[0].toString()));
        call.refuse(Refusal.of(500, "internal_error", "The request failed inside the server."));
    }

    private void ended(Call call, long begun) {
        call.ended();
        int status = call.response().getStatusCode();
        metrics.request(call.route(), status);
        if (call.route().equals("/health") || call.route().equals("/metrics")) {
            return;
        }
        Map<String, Object> fields = new LinkedHashMap<>(call.trace());
        fields.put("route", call.route());
        fields.put("status", status);
        fields.put("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        log.info("request.ended", fields);
    }
}
