package dev.soma.bench;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/// Response messages as bytes.
final class Wire {
    static final String JSON = "application/json";
    static final String EVENTS = "text/event-stream; charset=utf-8";
    static final String HTML = "text/html; charset=utf-8";
    static final Buffer LAST_CHUNK = Buffer.buffer("0\r\n\r\n");
    private static final int BOMB_BYTES = 64 << 20;

    private Wire() {}

    static Buffer response(int status, String type, Map<String, String> headers, byte[] body) {
        return head(status, type, headers)
                .appendString("content-length: " + body.length + "\r\n\r\n")
                .appendBytes(body);
    }

    static Buffer streamHead(Map<String, String> headers) {
        return head(200, EVENTS, headers)
                .appendString("cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n");
    }

    static Buffer head(int status, String type, Map<String, String> headers) {
        StringBuilder head = new StringBuilder(256);
        head.append("HTTP/1.1 ")
                .append(status)
                .append(" Scripted\r\ncontent-type: ")
                .append(type)
                .append("\r\n");
        new TreeMap<>(headers)
                .forEach((n, v) -> head.append(n).append(": ").append(v).append("\r\n"));
        return Buffer.buffer(1024)
                .appendBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    static Buffer chunk(byte[] data, int from, int to) {
        return Buffer.buffer(to - from + 16)
                .appendString(Integer.toHexString(to - from))
                .appendString("\r\n")
                .appendBytes(data, from, to - from)
                .appendString("\r\n");
    }

    static byte[] error(String type, String code, String message) {
        String escaped = message.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        return ("{\"error\":{\"message\":\""
                        + escaped
                        + "\",\"type\":\""
                        + type
                        + "\",\"param\":null,\"code\":\""
                        + code
                        + "\"}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// A JSON string of spaces, begun and never ended, 64 MiB of it in about 64 KiB.
    static byte[] bomb() {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] spaces = " ".repeat(64 << 10).getBytes(StandardCharsets.US_ASCII);
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("{\"id\":\"".getBytes(StandardCharsets.US_ASCII));
            for (int written = 0; written < BOMB_BYTES; written += spaces.length) {
                gzip.write(spaces);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("gzip in memory", e);
        }
        return packed.toByteArray();
    }
}
