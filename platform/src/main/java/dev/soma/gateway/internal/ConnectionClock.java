package dev.soma.gateway.internal;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;

/// Closes a connection on which no whole request head arrives in time. A byte every few seconds
/// does not help.
final class ConnectionClock {
    private final Vertx vertx;
    private final HttpConnection connection;
    private final GatewaySettings settings;
    private long timer;

    ConnectionClock(
            Vertx vertx, HttpConnection connection, GatewaySettings settings, Runnable closed) {
        this.vertx = vertx;
        this.connection = connection;
        this.settings = settings;
        this.timer = vertx.setTimer(settings.headerTimeoutMillis(), late -> connection.close());
        connection.closeHandler(
                gone -> {
                    vertx.cancelTimer(timer);
                    closed.run();
                });
    }

    /// A request has arrived; the next one has to follow within the idle time after its answer.
    void began(HttpServerResponse response) {
        vertx.cancelTimer(timer);
        response.bodyEndHandler(
                answered -> {
                    vertx.cancelTimer(timer);
                    timer =
                            vertx.setTimer(
                                    settings.idleTimeoutMillis(), late -> connection.close());
                });
    }
}
