package dev.soma.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A bare proxy on Vert.x that hands everything on as it comes: what a hop costs at least. It runs
/// in a process of its own, so that its CPU time can be read.
public final class PassThrough implements AutoCloseable {
    private static final int CONNECTIONS = 10_000;

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setPreferNativeTransport(false).setEventLoopPoolSize(2));
    private final HttpClient client;
    private final HttpServer server;
    private final URI provider;

    private PassThrough(URI provider) {
        this.provider = provider;
        this.client =
                vertx.createHttpClient(
                        new HttpClientOptions().setTcpNoDelay(true),
                        new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        this.server =
                vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setTcpNoDelay(true));
    }

    /// @param port 0 picks a free one
    static PassThrough start(int port, URI provider) {
        PassThrough proxy = new PassThrough(provider);
        proxy.server.requestHandler(proxy::hand);
        ScriptedProvider.await(proxy.server.listen(port));
        return proxy;
    }

    int port() {
        return server.actualPort();
    }

    private void hand(HttpServerRequest request) {
        RequestOptions options =
                new RequestOptions()
                        .setMethod(request.method())
                        .setHost(provider.getHost())
                        .setPort(provider.getPort())
                        .setURI(request.uri());
        request.pause();
        client.request(options)
                .compose(
                        call -> {
                            request.headers()
                                    .forEach(
                                            header ->
                                                    call.putHeader(
                                                            header.getKey(), header.getValue()));
                            request.resume();
                            return call.send(request);
                        })
                .compose(answer -> answer(request, answer))
                .onFailure(lost -> request.connection().close());
    }

    private static Future<Void> answer(HttpServerRequest request, HttpClientResponse answer) {
        request.response().setStatusCode(answer.statusCode());
        answer.headers()
                .forEach(
                        header -> request.response().putHeader(header.getKey(), header.getValue()));
        return answer.pipeTo(request.response());
    }

    @Override
    public void close() {
        ScriptedProvider.await(vertx.close());
    }

    /// @param arguments the port and the provider's address
    public static void main(String[] arguments) {
        PassThrough proxy = start(Integer.parseInt(arguments[0]), URI.create(arguments[1]));
        System.out.println("listening on " + proxy.port());
    }

    /// In a process of its own.
    static Process spawn(int port, URI provider) throws IOException {
        return new ProcessBuilder(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                PassThrough.class.getName(),
                                Integer.toString(port),
                                provider.toString()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /// Ends such a process.
    static void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
