package dev.soma.gateway.internal;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

/// Tells requests apart by path. What is not hot goes to the control plane.
class Routes {
    private final TurnRoutes turns;
    private final HealthRoutes health;
    private final ApiProxy api;

    Routes(TurnRoutes turns, HealthRoutes health, ApiProxy api) {
        this.turns = turns;
        this.health = health;
        this.api = api;
    }

    void handle(HttpServerRequest request) {
        Exchange exchange = turns.exchange(request);
        switch (request.path()) {
            case "/v1/chat/completions" -> post(exchange, () -> turns.chatCompletions(exchange));
            case "/v1/chat/stream" -> post(exchange, () -> turns.nativeStream(exchange));
            case "/v1/models" -> get(exchange, () -> turns.models(exchange));
            case "/health/live" -> get(exchange, () -> exchange.text(200, "live\n"));
            case "/health/ready" -> get(exchange, () -> health.ready(exchange));
            case "/metrics" -> get(exchange, () -> health.metrics(exchange));
            case null, default -> api.forward(exchange);
        }
    }

    private static void post(Exchange exchange, Runnable work) {
        only(HttpMethod.POST, exchange, work);
    }

    private static void get(Exchange exchange, Runnable work) {
        only(HttpMethod.GET, exchange, work);
    }

    private static void only(HttpMethod method, Exchange exchange, Runnable work) {
        if (exchange.request().method().equals(method)) {
            work.run();
        } else {
            exchange.methodNotAllowed(method.name());
        }
    }

    int runningTurns() {
        return turns.running().get();
    }
}
