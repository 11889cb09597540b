package dev.soma.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The HTTP face: `POST /add-checkpoint`, `GET /checkpoint/<origin>`, `GET /health`. Each request
/// has a virtual thread; connections and the time of a request are bounded.
final class Door implements AutoCloseable {
    private static final String TEXT = "text/plain; charset=utf-8";

    /// The media type of C2SP for the size in a 409.
    private static final String SIZE = "text/x.tlog.size";

    private static final String CHECKPOINT_PATH = "/checkpoint/";
    private static final String MAX_CONNECTIONS = "256";
    private static final String MAX_SECONDS = "10";
    private static final int BACKLOG = 64;

    private final Memory memory;
    private final PrintStream log;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private record Reply(int status, String type, String body) {}

    Door(Memory memory, InetSocketAddress address, PrintStream log) throws IOException {
        // The JDK's server takes its bounds from the process.
        System.setProperty("jdk.httpserver.maxConnections", MAX_CONNECTIONS);
        System.setProperty("sun.net.httpserver.maxReqTime", MAX_SECONDS);
        System.setProperty("sun.net.httpserver.maxRspTime", MAX_SECONDS);
        this.memory = memory;
        this.log = log;
        this.server = HttpServer.create(address, BACKLOG);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Reply reply = answer(exchange);
            byte[] body = reply.body().getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", reply.type());
            exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private Reply answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        if (path.equals("/add-checkpoint")) {
            return method.equals("POST") ? add(exchange) : text(405, "POST it\n");
        }
        if (!method.equals("GET")) {
            return text(405, "only GET\n");
        }
        if (path.equals("/health")) {
            return text(200, "ok\n");
        }
        return path.startsWith(CHECKPOINT_PATH)
                ? memory.note(path.substring(CHECKPOINT_PATH.length()))
                        .map(note -> text(200, note))
                        .orElseGet(() -> text(404, "unknown origin\n"))
                : text(404, "no such path\n");
    }

    private Reply add(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(Submission.MAX_BYTES + 1);
        if (body.length > Submission.MAX_BYTES) {
            return text(400, "the body is longer than " + Submission.MAX_BYTES + " bytes\n");
        }
        return switch (memory.add(body)) {
            case Answer.Cosigned(String line) -> text(200, line);
            case Answer.Conflict(long size) -> new Reply(409, SIZE, size + "\n");
            case Answer.SplitView(long size) -> {
                say("suspected tampering", "another root of " + size + " entries is signed");
                yield new Reply(409, SIZE, size + "\n");
            }
            case Answer.BadProof(String reason) -> {
                say("suspected tampering", reason);
                yield text(422, reason + "\n");
            }
            case Answer.UnknownKey(String reason) -> {
                say("unknown key", reason);
                yield text(403, "no trusted key signed the checkpoint\n");
            }
            case Answer.UnknownOrigin unknown -> text(404, "unknown origin\n");
            case Answer.Malformed(String reason) -> text(400, reason + "\n");
            case Answer.Failed(String reason) -> {
                say("failed", reason);
                yield text(503, "the witness cannot keep its state\n");
            }
        };
    }

    private static Reply text(int status, String body) {
        return new Reply(status, TEXT, body);
    }

    private void say(String what, String reason) {
        log.println("witness: " + what + ": " + reason);
    }

    @Override
    public void close() {
        server.stop(1);
        threads.close();
    }
}
