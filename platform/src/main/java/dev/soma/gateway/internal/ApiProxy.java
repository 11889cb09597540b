package dev.soma.gateway.internal;

import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Hands a request to the control plane and its answer back. Headers that claim an identity or a
/// decision are dropped
/// on the way in, in any spelling; hop-by-hop headers on both ways.
class ApiProxy {
    private static final Set<String> HOP_BY_HOP =
            Set.of(
                    "connection",
                    "keep-alive",
                    "proxy-authenticate",
                    "proxy-authorization",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade",
                    "host");
    private static final Pattern CLAIMED =
            Pattern.compile(
                    "x-(policy-.*|constitution-.*|decision-id|tenant-id|user-id|capabilities|request-id)");
    private static final long TIMEOUT_MILLIS = 60_000;

    private final HttpClient client;
    private final AtomicReference<String> apiUrl;

    ApiProxy(Vertx vertx, AtomicReference<String> apiUrl) {
        this.client =
                vertx.createHttpClient(
                        new HttpClientOptions().setKeepAlive(true).setConnectTimeout(2_000),
                        new PoolOptions().setHttp1MaxSize(64).setMaxWaitQueueSize(256));
        this.apiUrl = apiUrl;
    }

    static boolean isClaim(String header) {
        return CLAIMED.matcher(header.toLowerCase(Locale.ROOT).replace('_', '-')).matches();
    }

    void forward(Exchange exchange) {
        String base = apiUrl.get();
        if (base.isEmpty()) {
            exchange.refuse(
                    Problem.of(
                            ProblemKind.ENGINE_UNAVAILABLE,
                            "The control plane has not started yet."));
            return;
        }
        // Anything else would become part of the address.
        if (!exchange.request().uri().startsWith("/")) {
            exchange.refuse(
                    Problem.of(
                            ProblemKind.INVALID_REQUEST,
                            "The request target must be a path that begins with '/'."));
            return;
        }
        HttpMethod method = exchange.request().method();
        if (method.equals(HttpMethod.GET)
                || method.equals(HttpMethod.DELETE)
                || method.equals(HttpMethod.HEAD)
                || !hasBody(exchange.request().headers())) {
            send(exchange, base, new byte[0]);
        } else {
            exchange.body(body -> send(exchange, base, body));
        }
    }

    private static boolean hasBody(MultiMap headers) {
        String length = headers.get("content-length");
        return headers.contains("transfer-encoding") || (length != null && !length.equals("0"));
    }

    private void send(Exchange exchange, String base, byte[] body) {
        RequestOptions options =
                new RequestOptions()
                        .setMethod(exchange.request().method())
                        .setAbsoluteURI(base + exchange.request().uri())
                        // Not setTimeout: its timer would hold each closed connection that long.
                        .setIdleTimeout(TIMEOUT_MILLIS);
        client.request(options)
                .onFailure(failure -> unavailable(exchange))
                .onSuccess(
                        request -> {
                            copy(exchange.request().headers(), request.headers(), true);
                            request.putHeader("X-Request-Id", exchange.requestId());
                            request.putHeader("traceparent", exchange.trace().header());
                            deliver(exchange, request, body);
                        });
    }

    private void deliver(Exchange exchange, HttpClientRequest request, byte[] body) {
        request.send(Buffer.buffer(body))
                .onFailure(failure -> unavailable(exchange))
                .onSuccess(answer -> giveBack(exchange, answer));
    }

    private void giveBack(Exchange exchange, HttpClientResponse answer) {
        if (exchange.response().closed()) {
            answer.request().reset();
            return;
        }
        if (answer.statusCode() >= 400 && !isJson(answer)) {
            // The container's own page, for a request that never reached a route.
            answer.resume();
            exchange.refuse(
                    Problem.of(
                            answer.statusCode() < 500
                                    ? ProblemKind.INVALID_REQUEST
                                    : ProblemKind.ENGINE_UNAVAILABLE,
                            "The control plane cannot read this request."));
            return;
        }
        exchange.response().setStatusCode(answer.statusCode());
        copy(answer.headers(), exchange.response().headers(), false);
        if (!answer.headers().contains("content-length")) {
            exchange.response().setChunked(true);
        }
        answer.pipeTo(exchange.response())
                .onFailure(
                        failure -> {
                            answer.request().reset();
                            exchange.request().connection().close();
                        });
    }

    private static boolean isJson(HttpClientResponse answer) {
        return String.valueOf(answer.getHeader("content-type")).contains("json");
    }

    private static void copy(MultiMap from, MultiMap to, boolean inbound) {
        Set<String> named =
                from.getAll("connection").stream()
                        .flatMap(list -> Arrays.stream(list.split(",", -1)))
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());
        from.forEach(
                (name, value) -> {
                    String lower = name.toLowerCase(Locale.ROOT);
                    boolean dropped =
                            HOP_BY_HOP.contains(lower)
                                    || named.contains(lower)
                                    || lower.equals("traceparent")
                                    || (inbound
                                            && (isClaim(lower) || lower.equals("content-length")));
                    if (!dropped) {
                        to.add(name, value);
                    }
                });
    }

    private static void unavailable(Exchange exchange) {
        exchange.refuse(
                Problem.of(ProblemKind.ENGINE_UNAVAILABLE, "The control plane does not answer."));
    }
}
