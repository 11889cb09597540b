package dev.soma.gateway.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.runtime.Readiness;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Whether this process takes work, and its meters. The checks may block, so they run on a virtual
/// thread; a fresh
/// result serves for a second.
class HealthRoutes {
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_FORM = "; version=1.0.0; charset=utf-8";
    private static final String TEXT_FORM = "text/plain; version=0.0.4; charset=utf-8";
    private static final long FRESH_NANOS = 1_000_000_000L;

    private final Vertx vertx;
    private final List<Readiness> checks;
    private final PrometheusMeterRegistry meters;
    private volatile Result last =
            new Result(false, JsonValue.object().build(), System.nanoTime() - FRESH_NANOS);

    private final AtomicReference<@Nullable CompletableFuture<Result>> underWay =
            new AtomicReference<>();

    private record Result(boolean ready, JsonValue document, long atNanos) {}

    HealthRoutes(Vertx vertx, List<Readiness> checks, PrometheusMeterRegistry meters) {
        this.vertx = vertx;
        this.checks = List.copyOf(checks);
        this.meters = meters;
    }

    /// 200 or 503, for whoever sends work here.
    void ready(Exchange exchange) {
        look(result -> answer(exchange, result));
    }

    /// The same for people and scripts: always 200, the answer is in the document.
    void status(Exchange exchange) {
        look(result -> exchange.json(200, result.document()));
    }

    private void look(Consumer<Result> then) {
        Result known = last;
        if (System.nanoTime() - known.atNanos() < FRESH_NANOS) {
            then.accept(known);
            return;
        }
        var loop = vertx.getOrCreateContext();
        var _ = check().thenAccept(fresh -> loop.runOnContext(nothing -> then.accept(fresh)));
    }

    /// The check under way, or a new one: however many ask, the engines are asked once.
    private CompletableFuture<Result> check() {
        CompletableFuture<Result> mine = new CompletableFuture<>();
        CompletableFuture<Result> other = underWay.compareAndExchange(null, mine);
        if (other != null) {
            return other;
        }
        Thread.startVirtualThread(
                () -> {
                    try {
                        last = ask();
                    } finally {
                        underWay.set(null);
                        mine.complete(last);
                    }
                });
        return mine;
    }

    private static void answer(Exchange exchange, Result result) {
        exchange.json(result.ready() ? 200 : 503, result.document());
    }

    private Result ask() {
        var parts = JsonValue.object();
        boolean ready = true;
        for (Readiness check : checks) {
            Optional<String> problem = check.problem();
            ready &= problem.isEmpty();
            parts.put(check.name(), problem.orElse("ready"));
        }
        var document =
                JsonValue.object()
                        .put("ready", JsonValue.of(ready))
                        .put("parts", parts.build())
                        .build();
        return new Result(ready, document, System.nanoTime());
    }

    /// What a process says that is about to stop.
    static JsonValue draining() {
        return JsonValue.object()
                .put("ready", JsonValue.of(false))
                .put("parts", JsonValue.object().put("gateway", "is shutting down").build())
                .build();
    }

    void metrics(Exchange exchange) {
        String accepted = String.valueOf(exchange.request().getHeader("accept"));
        String type =
                accepted.contains(OPEN_METRICS) ? OPEN_METRICS + OPEN_METRICS_FORM : TEXT_FORM;
        exchange.text(200, type, meters.scrape(type));
    }
}
