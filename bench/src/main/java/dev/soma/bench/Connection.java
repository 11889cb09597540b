package dev.soma.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One client connection of the scripted provider; its requests are answered one after the other.
final class Connection {
    private static final String COMPLETIONS = "/v1/chat/completions";
    private static final long MOST_SILENT_MILLIS = 600_000;
    private static final long MOST_HEADER_BYTES = 256L << 20;

    private final Vertx vertx;
    private final NetSocket socket;
    private final ScriptedProvider provider;
    private final HttpReader reader = new HttpReader();
    private @Nullable Exchange current;
    private boolean currentStreams;
    private boolean pumping;
    private boolean closed;

    Connection(Vertx vertx, NetSocket socket, ScriptedProvider provider) {
        this.vertx = vertx;
        this.socket = socket;
        this.provider = provider;
    }

    void open() {
        socket.handler(this::read);
        socket.exceptionHandler(lost -> socket.close());
        socket.closeHandler(gone -> closed());
    }

    private void read(Buffer data) {
        try {
            reader.feed(data.getBytes());
            pump();
        } catch (HttpReader.BadRequest e) {
            byte[] body =
                    Wire.error("invalid_request_error", "bad_http", String.valueOf(e.getMessage()));
            socket.write(Wire.response(e.status(), Wire.JSON, Map.of("connection", "close"), body));
            socket.close();
        }
    }

    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            while (current == null && !closed) {
                HttpRequest request = reader.next();
                if (request == null) {
                    if (reader.expectsContinue()) {
                        socket.write("HTTP/1.1 100 Continue\r\n\r\n");
                    }
                    return;
                }
                answer(request);
            }
        } finally {
            pumping = false;
        }
    }

    private void answer(HttpRequest request) {
        if (!request.path().equals(COMPLETIONS)) {
            socket.write(provider.control().answer(request));
            if (wantsClose(request)) {
                closed = true;
                socket.close();
            }
            return;
        }
        Exchange exchange = provider.log().begin(request);
        current = exchange;
        currentStreams = false;
        if (!request.method().equals("POST")) {
            reply(
                    exchange,
                    405,
                    Wire.error("invalid_request_error", "method", "use POST"),
                    Map.of("allow", "POST"));
            return;
        }
        ChatRequest chat = ChatRequest.read(provider.json(), request.body());
        if (chat == null) {
            String reason = "the body is not JSON with a model and messages";
            reply(exchange, 400, Wire.error("invalid_request_error", "bad_body", reason), Map.of());
            return;
        }
        exchange.chat(chat);
        currentStreams = chat.stream();
        switch (Script.read(chat.model())) {
            case Script.Reading.Refused(int status, String code, String reason) ->
                    reply(
                            exchange,
                            status,
                            Wire.error("invalid_request_error", code, reason),
                            Map.of());
            case Script.Reading.Read(Script script) ->
                    after(script.number(ScriptKey.DELAY), () -> play(exchange, chat, script));
        }
    }

    private void after(long millis, Runnable action) {
        if (millis == 0) {
            action.run();
            return;
        }
        vertx.setTimer(
                millis,
                fired -> {
                    if (!closed) {
                        action.run();
                    }
                });
    }

    private void play(Exchange exchange, ChatRequest chat, Script script) {
        long status = script.number(ScriptKey.STATUS);
        boolean holds =
                !script.has(ScriptKey.TIMES)
                        || provider.log().times(chat.model()) <= script.number(ScriptKey.TIMES);
        if (status != 200 && holds) {
            failWith(exchange, (int) status, script.number(ScriptKey.RETRY_AFTER));
        } else if (script.flag(ScriptKey.SILENT)) {
            after(MOST_SILENT_MILLIS, () -> end(exchange, true));
        } else if (script.flag(ScriptKey.ENDLESS_HEADER)) {
            socket.write(
                    Wire.head(200, chat.stream() ? Wire.EVENTS : Wire.JSON, headers(exchange)));
            endlessHeader(exchange, 0);
        } else if (script.flag(ScriptKey.HTML)) {
            byte[] page =
                    "<!doctype html><title>Scripted</title><p>Not an answer."
                            .getBytes(StandardCharsets.UTF_8);
            whole(exchange, Wire.response(200, Wire.HTML, headers(exchange), page));
        } else if (script.flag(ScriptKey.GZIP_BOMB)) {
            bomb(exchange, chat.stream() ? Wire.EVENTS : Wire.JSON);
        } else if (chat.stream() && !script.flag(ScriptKey.JSON_FOR_SSE)) {
            exchange.status(200);
            var player =
                    new StreamPlayer(
                            vertx, socket, script, exchange, chat, close -> end(exchange, close));
            // In a task of its own: within the read handler all frames would leave in one flush.
            vertx.runOnContext(now -> player.start(Wire.streamHead(headers(exchange))));
        } else {
            json(exchange, chat, script);
        }
    }

    private void failWith(Exchange exchange, int status, long retryAfter) {
        Map<String, String> headers = new HashMap<>(headers(exchange));
        if (retryAfter >= 0) {
            headers.put("retry-after", Long.toString(retryAfter));
        }
        if (status < 400) {
            headers.put("location", COMPLETIONS);
        }
        String type =
                status == 429
                        ? "rate_limit_error"
                        : status < 500 ? "invalid_request_error" : "server_error";
        reply(exchange, status, Wire.error(type, "scripted", "scripted status " + status), headers);
    }

    private void json(Exchange exchange, ChatRequest chat, Script script) {
        int skipped = Words.framesIn(script, chat.assistantPrefix());
        exchange.framesSent(script.frames() - skipped);
        Tokens usage = Usage.told(script, exchange.counted());
        String text = JsonAnswer.text(exchange.responseId, script, skipped, usage);
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        Map<String, String> headers = headers(exchange);
        if (script.has(ScriptKey.MALFORMED)) {
            whole(
                    exchange,
                    Wire.response(200, Wire.JSON, headers, Arrays.copyOf(body, body.length / 2)));
            return;
        }
        Buffer response = Wire.response(200, Wire.JSON, headers, body);
        boolean cut = script.has(ScriptKey.CUT);
        if (cut || script.has(ScriptKey.STALL)) {
            exchange.status(200);
            socket.write(response.slice(0, response.length() - body.length / 2));
            if (cut) {
                end(exchange, true);
            }
            return;
        }
        if (usage != null) {
            exchange.told(usage);
        }
        whole(exchange, response);
    }

    private void bomb(Exchange exchange, String type) {
        vertx.executeBlocking(Wire::bomb)
                .onSuccess(
                        body -> {
                            if (!closed) {
                                Map<String, String> headers =
                                        Map.of(
                                                "content-encoding",
                                                "gzip",
                                                "x-request-id",
                                                exchange.responseId);
                                whole(exchange, Wire.response(200, type, headers, body));
                            }
                        });
    }

    private void endlessHeader(Exchange exchange, long sentBefore) {
        long sent = sentBefore;
        while (!closed && !socket.writeQueueFull()) {
            String line = "x-endless-" + sent + ": " + "e".repeat(1000) + "\r\n";
            socket.write(line);
            sent += line.length();
            if (sent > MOST_HEADER_BYTES) {
                end(exchange, true);
                return;
            }
        }
        long next = sent;
        if (!closed) {
            socket.drainHandler(drained -> endlessHeader(exchange, next));
        }
    }

    private static boolean wantsClose(HttpRequest request) {
        return "close".equalsIgnoreCase(request.header("connection"));
    }

    private static Map<String, String> headers(Exchange exchange) {
        return Map.of("x-request-id", exchange.responseId);
    }

    private void reply(Exchange exchange, int status, byte[] body, Map<String, String> headers) {
        exchange.status(status);
        socket.write(Wire.response(status, Wire.JSON, headers, body));
        end(exchange, false);
    }

    private void whole(Exchange exchange, Buffer response) {
        exchange.status(200);
        socket.write(response);
        end(exchange, false);
    }

    private void end(Exchange exchange, boolean close) {
        if (closed || exchange.isOver()) {
            return;
        }
        exchange.finished();
        provider.log().end(exchange, currentStreams, false);
        current = null;
        if (close || wantsClose(exchange.request)) {
            closed = true;
            socket.close();
        } else {
            pump();
        }
    }

    private void closed() {
        Exchange exchange = current;
        if (!closed && exchange != null) {
            exchange.disconnected();
            provider.log().end(exchange, currentStreams, true);
        }
        closed = true;
    }
}
