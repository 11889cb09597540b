package dev.soma.harness;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/// Takes spans by OTLP over HTTP, and refuses what the published protobuf messages do not know.
public final class OtlpReceiver implements AutoCloseable {
    private final HttpServer server;
    private final List<Received> spans = new CopyOnWriteArrayList<>();
    private final List<String> refused = new CopyOnWriteArrayList<>();

    /// @param service of the resource that sent it
    public record Received(String service, Span span) {
        public String trace() {
            return HexFormat.of().formatHex(span.getTraceId().toByteArray());
        }

        public String id() {
            return HexFormat.of().formatHex(span.getSpanId().toByteArray());
        }

        public String parent() {
            return HexFormat.of().formatHex(span.getParentSpanId().toByteArray());
        }

        /// Attributes as text.
        public Map<String, String> attributes() {
            return span.getAttributesList().stream()
                    .collect(
                            Collectors.toMap(
                                    attribute -> attribute.getKey(),
                                    attribute -> text(attribute.getValue())));
        }

        private static String text(AnyValue value) {
            return value.hasIntValue()
                    ? Long.toString(value.getIntValue())
                    : value.getStringValue();
        }
    }

    private OtlpReceiver(HttpServer server) {
        this.server = server;
    }

    public static OtlpReceiver start() throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        OtlpReceiver receiver = new OtlpReceiver(server);
        server.createContext("/v1/traces", receiver::receive);
        server.start();
        return receiver;
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public List<Received> spans() {
        return spans;
    }

    /// Why messages were refused; has to stay empty.
    public List<String> refused() {
        return refused;
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = 200;
            byte[] answer = ExportTraceServiceResponse.getDefaultInstance().toByteArray();
            try {
                take(exchange);
            } catch (IOException | IllegalArgumentException e) {
                refused.add(String.valueOf(e.getMessage()));
                status = 400;
            }
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private void take(HttpExchange exchange) throws IOException {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (!"application/x-protobuf".equals(type)) {
            throw new IllegalArgumentException("content type " + type);
        }
        boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        InputStream body = exchange.getRequestBody();
        try (InputStream in = zipped ? new GZIPInputStream(body) : body) {
            var request = ExportTraceServiceRequest.parseFrom(in);
            strict(request);
            for (var resource : request.getResourceSpansList()) {
                String service =
                        resource.getResource().getAttributesList().stream()
                                .filter(attribute -> attribute.getKey().equals("service.name"))
                                .map(attribute -> attribute.getValue().getStringValue())
                                .findFirst()
                                .orElseThrow(() -> new IllegalArgumentException("no service.name"));
                for (var scope : resource.getScopeSpansList()) {
                    for (Span span : scope.getSpansList()) {
                        check(span);
                        spans.add(new Received(service, span));
                    }
                }
            }
        }
    }

    private static void strict(Message message) {
        if (!message.getUnknownFields().asMap().isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown fields in " + message.getDescriptorForType().getFullName());
        }
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            switch (field.getValue()) {
                case Message inner -> strict(inner);
                case List<?> list ->
                        list.forEach(
                                item -> {
                                    if (item instanceof Message inner) {
                                        strict(inner);
                                    }
                                });
                default -> {}
            }
        }
    }

    private static void check(Span span) {
        boolean whole =
                span.getTraceId().size() == 16
                        && span.getSpanId().size() == 8
                        && (span.getParentSpanId().isEmpty() || span.getParentSpanId().size() == 8)
                        && !span.getName().isEmpty()
                        && span.getStartTimeUnixNano() > 0
                        && span.getEndTimeUnixNano() >= span.getStartTimeUnixNano();
        if (!whole) {
            throw new IllegalArgumentException("a span that is not whole: " + span);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
