package dev.soma.gateway.internal;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Tells requests apart by path. What is not hot goes to the control plane.
class Routes {
    private static final String RESUME = "/v1/conversation/{session}/stream";
    private static final Pattern RESUMED = Pattern.compile("/v1/conversation/([^/]{1,128})/stream");

    private static final String RECONNECT = "/v1/chat/{session}/stream";
    private static final Pattern RECONNECTED = Pattern.compile("/v1/chat/([^/]{1,128})/stream");

    private static final String RESPONSE = "/v1/responses/{id}";
    private static final Pattern STORED = Pattern.compile("/v1/responses/([^/]{1,128})");

    /// What is answered here, and by which method; a test compares it with the published contract.
    static final Map<String, HttpMethod> HOT =
            Map.ofEntries(
                    Map.entry("/v1/chat/completions", HttpMethod.POST),
                    Map.entry("/v1/chat/stream", HttpMethod.POST),
                    Map.entry("/v1/conversation/step", HttpMethod.POST),
                    Map.entry("/v1/embeddings", HttpMethod.POST),
                    Map.entry("/v1/responses", HttpMethod.POST),
                    Map.entry("/v1/messages", HttpMethod.POST),
                    Map.entry("/v1/conversation/stream", HttpMethod.POST),
                    Map.entry(RESUME, HttpMethod.GET),
                    Map.entry(RESPONSE, HttpMethod.GET),
                    Map.entry(RECONNECT, HttpMethod.GET),
                    Map.entry("/v1/evaluate", HttpMethod.POST),
                    Map.entry("/access/v1/evaluation", HttpMethod.POST),
                    Map.entry("/access/v1/evaluations", HttpMethod.POST),
                    Map.entry("/access/v1/search/subject", HttpMethod.POST),
                    Map.entry("/access/v1/search/resource", HttpMethod.POST),
                    Map.entry("/access/v1/search/action", HttpMethod.POST),
                    Map.entry("/.well-known/authzen-configuration", HttpMethod.GET),
                    Map.entry("/v1/models", HttpMethod.GET),
                    Map.entry("/healthz", HttpMethod.GET),
                    Map.entry("/readyz", HttpMethod.GET),
                    Map.entry("/metrics", HttpMethod.GET),
                    Map.entry("/v1/status", HttpMethod.GET));

    private final TurnRoutes turns;
    private final JournalRoutes journal;
    private final EvaluationRoutes evaluations;
    private final HealthRoutes health;
    private final ApiProxy api;
    private volatile boolean draining;

    Routes(
            TurnRoutes turns,
            JournalRoutes journal,
            EvaluationRoutes evaluations,
            HealthRoutes health,
            ApiProxy api) {
        this.journal = journal;
        this.evaluations = evaluations;
        this.turns = turns;
        this.health = health;
        this.api = api;
    }

    void handle(HttpServerRequest request) {
        String path = String.valueOf(request.path());
        Matcher resumed = RESUMED.matcher(path);
        Matcher stored = STORED.matcher(path);
        Matcher reconnected = RECONNECTED.matcher(path);
        String route =
                resumed.matches()
                        ? RESUME
                        : stored.matches() ? RESPONSE : reconnected.matches() ? RECONNECT : path;
        HttpMethod only = HOT.get(route);
        Exchange exchange = turns.exchange(request, only == null ? "" : route);
        if (path.equals("/v1/chat/stream") && isUpgrade(request)) {
            journal.socket(exchange);
            return;
        }
        if (only != null && !exchange.request().method().equals(only)) {
            exchange.methodNotAllowed(only.name());
            return;
        }
        if (resumed.matches()) {
            journal.resume(exchange, resumed.group(1));
            return;
        }
        if (stored.matches()) {
            journal.response(exchange, stored.group(1));
            return;
        }
        if (reconnected.matches()) {
            journal.reconnect(exchange, reconnected.group(1));
            return;
        }
        switch (request.path()) {
            case "/v1/chat/completions" -> turns.chatCompletions(exchange);
            case "/v1/chat/stream" -> turns.nativeStream(exchange, "chat.stream");
            case "/v1/conversation/stream" -> turns.nativeStream(exchange, "conversation.stream");
            case "/v1/embeddings" -> turns.embeddings(exchange);
            case "/v1/responses" -> turns.responses(exchange);
            case "/v1/messages" -> turns.messages(exchange);
            case "/v1/conversation/step" -> turns.step(exchange);
            case "/v1/evaluate" -> evaluations.evaluate(exchange);
            case "/access/v1/evaluation" -> evaluations.access(exchange);
            case "/access/v1/evaluations" -> evaluations.accessBatch(exchange);
            case "/access/v1/search/subject" ->
                    evaluations.accessSearch(exchange, AccessSearch.Wanted.SUBJECT);
            case "/access/v1/search/resource" ->
                    evaluations.accessSearch(exchange, AccessSearch.Wanted.RESOURCE);
            case "/access/v1/search/action" ->
                    evaluations.accessSearch(exchange, AccessSearch.Wanted.ACTION);
            case "/.well-known/authzen-configuration" -> evaluations.discovery(exchange);
            case "/v1/models" -> turns.models(exchange);
            case "/healthz" -> exchange.text(200, "live\n");
            case "/readyz" -> ready(exchange);
            case "/v1/status" -> health.status(exchange);
            case "/metrics" -> health.metrics(exchange);
            case null, default -> api.forward(exchange);
        }
    }

    private static boolean isUpgrade(HttpServerRequest request) {
        return request.method().equals(HttpMethod.GET)
                && "websocket".equalsIgnoreCase(request.getHeader("upgrade"));
    }

    private void ready(Exchange exchange) {
        if (draining) {
            exchange.json(503, HealthRoutes.draining());
        } else {
            health.ready(exchange);
        }
    }

    /// From now on this process says that it is not ready, so that callers go elsewhere.
    void drain() {
        draining = true;
    }

    int runningTurns() {
        return turns.running().get();
    }
}
