package dev.soma.acceptance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Between a browser and the gateway: sends bytes that the gateway sent, cut where the page asks,
/// and lets live streams through with the key that an EventSource cannot send, cutting them too.
final class EventPages implements AutoCloseable {
    private static final long BETWEEN_NANOS = TimeUnit.MICROSECONDS.toNanos(1_500);
    private static final int LIVE_FRAMES = 3;

    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final CompletableFuture<JsonNode> result = new CompletableFuture<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<String, byte[]> streams;
    private final URI live;
    private final String key;

    /// @param streams recorded bytes by name
    /// @param live a stream of the gateway
    EventPages(Map<String, byte[]> streams, URI live, String key) throws IOException {
        this.streams = Map.copyOf(streams);
        this.live = live;
        this.key = key;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    String address() {
        return "http://127.0.0.1:%d/".formatted(server.getAddress().getPort());
    }

    CompletableFuture<JsonNode> result() {
        return result;
    }

    /// How often the browser connected to the live stream.
    int liveConnections() {
        return connections.get();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            switch (exchange.getRequestURI().getPath()) {
                case "/" -> whole(exchange, "text/html", page());
                case "/expected" -> whole(exchange, "application/json", expected());
                case "/split" -> split(exchange);
                case "/live" -> live(exchange);
                case "/result" -> {
                    result.complete(JsonMapper.shared().readTree(exchange.getRequestBody()));
                    whole(exchange, "text/plain", new byte[0]);
                }
                default -> exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private static byte[] page() throws IOException {
        try (InputStream in = EventPages.class.getResourceAsStream("events.html")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    private byte[] expected() {
        var document = JsonMapper.shared().createObjectNode();
        streams.forEach(
                (name, bytes) -> {
                    var stream = document.putObject(name);
                    stream.put("bytes", bytes.length);
                    var events = stream.putArray("events");
                    for (Event event : events(bytes)) {
                        events.addArray().add(event.id()).add(event.type()).add(event.data());
                    }
                });
        return JsonMapper.shared().writeValueAsBytes(document);
    }

    record Event(String id, String type, String data) {}

    /// The events as the standard reads them, for the plain streams that the gateway sends; the id
    /// stays the last one that was told.
    static List<Event> events(byte[] stream) {
        List<Event> found = new ArrayList<>();
        String id = "";
        for (String block : new String(stream, StandardCharsets.UTF_8).split("\n\n")) {
            String type = "message";
            StringBuilder data = new StringBuilder();
            for (String line : block.split("\n")) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    type = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data.append(line, 6, line.length());
                }
            }
            if (!data.isEmpty()) {
                found.add(new Event(id, type, data.toString()));
            }
        }
        return found;
    }

    private static void whole(HttpExchange exchange, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static OutputStream events(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(200, 0);
        return exchange.getResponseBody();
    }

    /// `/split?name&at`: the bytes before and after a place apart; without a place, each by itself.
    private void split(HttpExchange exchange) throws IOException {
        String[] query = exchange.getRequestURI().getQuery().split("&");
        byte[] bytes = Objects.requireNonNull(streams.get(query[0]));
        OutputStream out = events(exchange);
        int step = query.length > 1 ? Integer.parseInt(query[1]) : 1;
        boolean once = query.length > 1;
        for (int at = 0; at < bytes.length; ) {
            int end = once && at > 0 ? bytes.length : Math.min(at + step, bytes.length);
            out.write(bytes, at, end - at);
            out.flush();
            pause();
            at = end;
        }
    }

    /// So that the parts travel apart.
    private static void pause() {
        LockSupport.parkNanos(BETWEEN_NANOS);
    }

    /// The gateway's stream, from where the browser says, for a few frames.
    private void live(HttpExchange exchange) throws IOException {
        connections.incrementAndGet();
        HttpRequest.Builder request =
                HttpRequest.newBuilder(live).header("Authorization", "Bearer " + key);
        String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
        if (last != null) {
            request.header("Last-Event-ID", last);
        }
        try {
            HttpResponse<InputStream> answer =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            OutputStream out = events(exchange);
            out.write("retry: 20\n\n".getBytes(StandardCharsets.US_ASCII));
            try (InputStream in = answer.body()) {
                int ends = 0;
                int before = 0;
                for (int b = in.read(); b >= 0 && ends < LIVE_FRAMES; b = in.read()) {
                    out.write(b);
                    ends += b == '\n' && before == '\n' ? 1 : 0;
                    before = b;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        client.close();
    }
}
