package dev.soma.kamachiq.work;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.Delivery;
import dev.soma.kamachiq.requirement.RequirementReader;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// An OpenAI-compatible provider over real HTTP that plays an author: what it answers to a
/// conversation, a test says. It counts what it bills.
final class AuthorProvider implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Function<List<JsonObject>, Move>> scripts = new ConcurrentHashMap<>();
    private final Map<String, Long> prices = new ConcurrentHashMap<>();
    private final AtomicLong billed = new AtomicLong();
    private final AtomicLong calls = new AtomicLong();

    /// What the author does next.
    sealed interface Move {
        record Say(String text) implements Move {}

        record Call(String tool, JsonObject arguments) implements Move {}

        /// The connection is cut before anything is said.
        record Cut() implements Move {}
    }

    AuthorProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/chat/completions", this::answer);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    /// How a model answers; it is given all messages so far.
    void script(String model, Function<List<JsonObject>, Move> script) {
        scripts.put(model, script);
    }

    /// Tokens that a model's answers cost from now on, besides 100 for each question.
    void price(String model, long tokens) {
        prices.put(model, tokens);
    }

    /// Tokens that it billed.
    long billed() {
        return billed.get();
    }

    long calls() {
        return calls.get();
    }

    static Move write(String path, String content) {
        return new Move.Call(
                "write_file", JsonValue.object().put("path", path).put("content", content).build());
    }

    static Move finish() {
        return new Move.Call("finish", JsonValue.object().build());
    }

    /// Calls of tools that the conversation holds already.
    static long used(List<JsonObject> messages) {
        return messages.stream()
                .filter(message -> message.text("role").orElse("").equals("tool"))
                .count();
    }

    /// The file that the agent is told to write.
    static String wanted(List<JsonObject> messages) {
        String told = messages.getFirst().text("content").orElse("");
        int from = told.indexOf("You write one file, ") + "You write one file, ".length();
        return told.substring(from, told.indexOf(", with the tools", from));
    }

    /// What the library would deliver for the specification that the agent was told.
    static Map<String, String> library(List<JsonObject> messages) {
        String told = messages.get(1).text("content").orElse("");
        return library(data(told, "title"), data(told, "specification"));
    }

    private static String data(String told, String name) {
        String mark = "<data name=\"%s\">\n".formatted(name);
        int from = told.indexOf(mark) + mark.length();
        return told.substring(from, told.indexOf("\n</data>", from));
    }

    static Map<String, String> library(String title, String text) {
        String spec =
                "id: calc\ntitle: %s\ntext: |\n  %s\nbudget_tokens: 1\ntimeout_minutes: 1\n"
                        .formatted(title, text.strip().replace("\n", "\n  "));
        if (SpecReader.read(spec.getBytes(StandardCharsets.UTF_8))
                instanceof SpecReading.Read(var read)) {
            Calculator calculator = RequirementReader.read(read).calculator().orElseThrow();
            return Delivery.files(calculator, List.of());
        }
        throw new IllegalStateException("the specification is right");
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonObject request = StrictJson.parseObject(exchange.getRequestBody().readAllBytes());
            List<JsonObject> messages =
                    request.items("messages").stream().map(JsonObject.class::cast).toList();
            calls.incrementAndGet();
            Move move =
                    scripts.getOrDefault(
                                    request.text("model").orElse(""),
                                    said -> new Move.Say("I do not know this."))
                            .apply(messages);
            if (move instanceof Move.Cut) {
                return;
            }
            exchange.getResponseHeaders().add("content-type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            long price = prices.getOrDefault(request.text("model").orElse(""), 50L);
            exchange.getResponseBody().write(stream(move, price).getBytes(StandardCharsets.UTF_8));
        } catch (MalformedJson e) {
            throw new IOException(e);
        }
    }

    private String stream(Move move, long price) {
        String delta =
                switch (move) {
                    case Move.Say(String text) ->
                            "{\"role\":\"assistant\",\"content\":%s}".formatted(quoted(text));
                    case Move.Call(String tool, JsonObject arguments) ->
                            "{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"call_%d\",\"type\":\"function\",\"function\":{\"name\":\"%s\",\"arguments\":%s}}]}"
                                    .formatted(
                                            calls.get(),
                                            tool,
                                            quoted(CanonicalJson.JCS.text(arguments)));
                    case Move.Cut() -> "{}";
                };
        String finish = move instanceof Move.Call ? "tool_calls" : "stop";
        billed.addAndGet(100 + price);
        return chunk("{\"index\":0,\"delta\":%s,\"finish_reason\":null}".formatted(delta), "null")
                + chunk(
                        "{\"index\":0,\"delta\":{},\"finish_reason\":\"%s\"}".formatted(finish),
                        "null")
                + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":%d,\"total_tokens\":%d}}\n\n"
                        .formatted(price, 100 + price)
                + "data: [DONE]\n\n";
    }

    private static String chunk(String choice, String usage) {
        return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[%s],\"usage\":%s}\n\n"
                .formatted(choice, usage);
    }

    private static String quoted(String text) {
        return CanonicalJson.JCS.text(JsonValue.of(text));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
