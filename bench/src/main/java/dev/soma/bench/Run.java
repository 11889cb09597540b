package dev.soma.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/// One run of a lane. Everything but construction and the result happens on the generator's event
/// loop.
final class Run {
    private static final int IDLE_SECONDS = 30;
    private static final long MOST_FAILURES = 1000;

    private final Vertx vertx;
    private final Random random;
    private final Target target;
    private final Lane lane;
    private final HttpClient client;
    private final RequestOptions options;
    private final String expected;
    private final Tally tally = new Tally();
    private final CompletableFuture<Void> finished = new CompletableFuture<>();
    private long sent;
    private long failed;
    private int open;
    private int thinking;
    private boolean allSent;
    private boolean over;
    private long deadlineNanos;

    Run(Vertx vertx, Target target, Lane lane, int connections) {
        this(vertx, target, lane, connections, new Random(0));
    }

    Run(Vertx vertx, Target target, Lane lane, int connections, Random random) {
        this.vertx = vertx;
        this.random = random;
        this.target = target;
        this.lane = lane;
        this.expected = ScriptedProvider.textOf(lane.script());
        HttpClientOptions http =
                new HttpClientOptions()
                        .setDefaultHost(target.base().getHost())
                        .setDefaultPort(target.port())
                        .setConnectTimeout(5000)
                        .setIdleTimeout(IDLE_SECONDS)
                        .setTcpNoDelay(true);
        PoolOptions pool = new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(-1);
        this.client = vertx.createHttpClient(http, pool);
        this.options =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setURI(target.completions())
                        .putHeader("content-type", "application/json");
        target.headers().forEach(options::putHeader);
    }

    String target() {
        return target.name();
    }

    CompletableFuture<Void> finished() {
        return finished;
    }

    void loop(int senders, long deadline) {
        deadlineNanos = deadline;
        for (int i = 0; i < senders; i++) {
            send(System.nanoTime());
        }
    }

    void think(int senders, long deadline) {
        deadlineNanos = deadline;
        for (int i = 0; i < senders; i++) {
            thinkThenSend();
        }
    }

    private void thinkThenSend() {
        thinking++;
        double millis = -Math.log(1 - random.nextDouble()) * lane.thinkMillis();
        vertx.setTimer(Math.max(1, Math.round(millis)), rested -> rested());
    }

    private void rested() {
        thinking--;
        if (over) {
            return;
        }
        if (System.nanoTime() < deadlineNanos) {
            send(System.nanoTime());
        } else {
            allSent = true;
            finishIfDone();
        }
    }

    void planned() {
        allSent = true;
        finishIfDone();
    }

    void send(long plannedNanos) {
        open++;
        Buffer body = Buffer.buffer(lane.body(target, ++sent));
        AnswerCheck check = new AnswerCheck(lane, expected, tally, plannedNanos);
        client.request(options)
                .compose((HttpClientRequest request) -> request.send(body))
                .onComplete(
                        response -> receive(response, check, plannedNanos),
                        lost -> ended(check, plannedNanos, "no answer: " + reason(lost)));
    }

    private void receive(HttpClientResponse response, AnswerCheck check, long plannedNanos) {
        String status = response.statusCode() == 200 ? "" : "status " + response.statusCode();
        response.exceptionHandler(
                lost -> ended(check, plannedNanos, "answer cut: " + reason(lost)));
        response.handler(data -> check.feed(data, System.nanoTime()));
        response.endHandler(end -> ended(check, plannedNanos, status));
    }

    private static String reason(Throwable lost) {
        return lost.getClass().getSimpleName();
    }

    private void ended(AnswerCheck check, long plannedNanos, String failure) {
        if (over) {
            return;
        }
        long now = System.nanoTime();
        String broken = check.end();
        open--;
        String reason = failure.isEmpty() ? broken : failure;
        if (reason == null) {
            tally.whole(now - plannedNanos);
        } else {
            failed++;
            tally.failed(reason);
        }
        // A target that is down fails at once: without a bound the loop would spin on it.
        boolean again = lane.concurrency() > 0 && now < deadlineNanos && failed < MOST_FAILURES;
        if (again && lane.thinkMillis() > 0) {
            thinkThenSend();
        } else if (again) {
            send(System.nanoTime());
        } else if (lane.concurrency() > 0) {
            allSent = true;
        }
        finishIfDone();
    }

    private void finishIfDone() {
        if (allSent && open == 0 && (thinking == 0 || System.nanoTime() >= deadlineNanos)) {
            over = true;
            finished.complete(null);
        }
    }

    /// Counts what is still open as failed; answers that come later are not counted.
    void giveUp() {
        for (int i = 0; i < open; i++) {
            tally.failed("no end in time");
            tally.frames(lane.frames(), 0);
        }
        over = true;
    }

    Future<Void> close() {
        return client.close();
    }

    LaneResult result(double seconds) {
        return tally.result(seconds);
    }
}
