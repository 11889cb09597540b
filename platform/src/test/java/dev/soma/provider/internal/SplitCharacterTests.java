package dev.soma.provider.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.TraceContext;
import dev.soma.kernel.json.JsonValue;
import dev.soma.metering.Price;
import dev.soma.provider.Endpoint;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.Operation;
import dev.soma.provider.ProviderClient.ProviderListener;
import dev.soma.provider.ProviderClient.ProviderRequest;
import dev.soma.provider.ProviderClient.Share;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A provider may split one character over two frames, since JSON can escape its halves apart.
class SplitCharacterTests {
    private static final String FRAMES =
            """
            data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}

            data: {"choices":[{"delta":{"content":"\\ude00b"}}]}

            data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

            data: [DONE]

            """;

    @Test
    void tellsACharacterWholeThatTwoFramesHoldInHalves() throws Exception {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/v1/chat/completions",
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.getResponseHeaders().set("content-type", "text/event-stream");
                    byte[] body = FRAMES.getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        Vertx vertx = Vertx.vertx();
        try {
            List<String> pieces = call(vertx, server.getAddress().getPort());

            assertThat(pieces).containsExactly("a", "\ud83d\ude00b");
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
            server.stop(0);
        }
    }

    private static List<String> call(Vertx vertx, int port) throws Exception {
        var settings =
                new ProviderSettings(true, false, 2_000, 5_000, 5_000, 4, 4, 4, 4, 1_000, 1 << 20);
        var target =
                new ModelTarget(
                        "p",
                        "m",
                        new Endpoint(
                                Endpoint.Dialect.OPENAI,
                                URI.create("http://127.0.0.1:%d/v1".formatted(port)),
                                Optional.empty(),
                                false,
                                OptionalInt.empty()),
                        8_192,
                        Price.FREE,
                        false);
        List<String> pieces = new CopyOnWriteArrayList<>();
        CompletableFuture<Ending> ended = new CompletableFuture<>();
        ProviderListener listener =
                new ProviderListener() {
                    @Override
                    public void text(String piece) {
                        pieces.add(piece);
                    }

                    @Override
                    public void ended(Ending ending) {
                        ended.complete(ending);
                    }
                };
        var request =
                new ProviderRequest(
                        Operation.CHAT,
                        JsonValue.object().build(),
                        true,
                        Map.of(),
                        10_000,
                        new Share(new TenantId("acme"), "", 1),
                        TraceContext.from(List.of(), new UUID(1, 1)));
        var client = new HttpProviderClient(vertx, settings);
        vertx.runOnContext(nothing -> client.start(target, request, listener));
        assertThat(ended.get(10, TimeUnit.SECONDS)).isInstanceOf(Ending.Completed.class);
        return pieces;
    }
}
