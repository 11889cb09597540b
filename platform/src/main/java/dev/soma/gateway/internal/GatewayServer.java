package dev.soma.gateway.internal;

import dev.soma.runtime.StopOrder;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Listens. A connection that does not bring a whole request in time is closed, however slowly it
/// drips; at shutdown
/// no new requests are taken and running ones get time to end.
class GatewayServer implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(GatewayServer.class);
    private static final int EVENT_LOOPS = 2;
    private static final int MAX_REQUEST_LINE = 4_096;

    private final Vertx vertx;
    private final Routes routes;
    private final GatewaySettings settings;
    private volatile int port;
    private volatile boolean running;
    private volatile String deployment = "";

    GatewayServer(Vertx vertx, Routes routes, GatewaySettings settings) {
        this.vertx = vertx;
        this.routes = routes;
        this.settings = settings;
        this.port = settings.port();
    }

    /// The port in use.
    int port() {
        return port;
    }

    @Override
    public void start() {
        running = true;
        try {
            deployment =
                    vertx.deployVerticle(
                                    Door::new, new DeploymentOptions().setInstances(EVENT_LOOPS))
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the gateway opened", e);
        } catch (Exception e) {
            throw new IllegalStateException(
                    "the gateway cannot listen on %s:%d"
                            .formatted(settings.host(), settings.port()),
                    e);
        }
    }

    /// One event loop's share of the connections.
    private final class Door extends VerticleBase {
        private final Map<HttpConnection, ConnectionClock> clocks = new HashMap<>();

        @Override
        public Future<?> start() {
            HttpServer server =
                    vertx.createHttpServer(
                            new HttpServerOptions()
                                    .setMaxHeaderSize(settings.maxHeaderBytes())
                                    .setMaxInitialLineLength(MAX_REQUEST_LINE)
                                    // Else the connection is unknown here, and untimed, until its
                                    // first request.
                                    .setHttp2ClearTextEnabled(false)
                                    .setMaxWebSocketMessageSize(settings.maxBodyBytes())
                                    .setPerMessageWebSocketCompressionSupported(false)
                                    .setTcpNoDelay(true)
                                    .setHandle100ContinueAutomatically(true)
                                    .setCompressionSupported(false));
            server.connectionHandler(this::watch);
            server.invalidRequestHandler(BadRequests::answer);
            server.requestHandler(this::handle);
            // A negative port is a free one that all event loops share.
            int wanted = settings.port() == 0 ? -1 : settings.port();
            return server.listen(wanted, settings.host())
                    .onSuccess(listening -> port = listening.actualPort());
        }

        private void watch(HttpConnection connection) {
            clocks.put(
                    connection,
                    new ConnectionClock(
                            vertx, connection, settings, () -> clocks.remove(connection)));
        }

        private void handle(HttpServerRequest request) {
            ConnectionClock clock = clocks.get(request.connection());
            if (clock != null) {
                clock.began(request.response());
            }
            routes.handle(request);
        }
    }

    @Override
    public void stop() {
        running = false;
        routes.drain();
        long deadline = System.nanoTime() + settings.drainMillis() * 1_000_000L;
        try {
            while (routes.runningTurns() > 0 && System.nanoTime() - deadline < 0) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            vertx.undeploy(deployment)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            log.atWarn().setCause(e).log("the gateway did not close cleanly");
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.GATEWAY;
    }
}
