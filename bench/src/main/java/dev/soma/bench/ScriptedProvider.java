package dev.soma.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/// An OpenAI-compatible provider on loopback that does what the model name says: an instrument for
/// benches and for tests of faults. The grammar is [ScriptKey]. Its usage is true unless the script
/// says otherwise.
public final class ScriptedProvider implements AutoCloseable {
    public static final int DEFAULT_PORT = 10900;
    private static final String HOST = "127.0.0.1";
    private static final int SECONDS = 20;

    private final Vertx vertx;
    private final RequestLog log = new RequestLog();
    private final JsonMapper json =
            JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build();
    private final Control control = new Control(log, json);
    private int port;

    private ScriptedProvider(Vertx vertx) {
        this.vertx = vertx;
    }

    /// Listens on this port of 127.0.0.1, or on a free one for 0.
    public static ScriptedProvider start(int port) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(2));
        ScriptedProvider provider = new ScriptedProvider(vertx);
        NetServerOptions options =
                new NetServerOptions().setTcpNoDelay(true).setAcceptBacklog(4096);
        try {
            NetServer server =
                    vertx.createNetServer(options)
                            .connectHandler(
                                    socket -> new Connection(vertx, socket, provider).open());
            provider.port = await(server.listen(port, HOST)).actualPort();
            return provider;
        } catch (RuntimeException e) {
            await(vertx.close());
            throw new IllegalStateException(
                    "scripted provider cannot listen on "
                            + HOST
                            + ":"
                            + port
                            + "; choose another --port",
                    e);
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(SECONDS, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            throw new IllegalStateException(e.getCause() == null ? e : e.getCause());
        }
    }

    /// The root; OpenAI clients take `uri() + "/v1"` as their base URL.
    public URI uri() {
        return URI.create("http://" + HOST + ":" + port);
    }

    public Counters counters() {
        return log.counters();
    }

    /// The newest recorded requests, oldest first, at most ten thousand.
    public List<RecordedRequest> requests() {
        return requestsSince(0);
    }

    /// Recorded requests with a sequence number above this one.
    public List<RecordedRequest> requestsSince(long sequence) {
        return log.since(sequence, RequestLog.MOST_REQUESTS);
    }

    /// The newest request with this response id (`chatcmpl-...`) or this `X-Request-Id`.
    public Optional<RecordedRequest> find(String id) {
        return log.find(id);
    }

    /// The whole text that a model name answers with, for readers that compare.
    public static String textOf(String model) {
        return switch (Script.read(model)) {
            case Script.Reading.Read(Script script) -> Words.text(script);
            case Script.Reading.Refused refused ->
                    throw new IllegalArgumentException(refused.reason());
        };
    }

    RequestLog log() {
        return log;
    }

    JsonMapper json() {
        return json;
    }

    Control control() {
        return control;
    }

    @Override
    public void close() {
        await(vertx.close());
    }

    public static void main(String[] args) {
        int status = new CommandLine(new Serve()).execute(args);
        if (status != 0) {
            System.exit(status);
        }
    }
}
