package dev.soma.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads HTTP/1.1 requests from bytes as they come. The provider frames its own messages instead of
/// using an HTTP server, because its faults (headers without end, a cut within a chunk) are what
/// such a server prevents.
final class HttpReader {
    static final int MOST_HEAD_BYTES = 64 << 10;
    static final int MOST_BODY_BYTES = 32 << 20;

    private byte[] bytes = new byte[4096];
    private int end;
    private int searched;
    private @Nullable Head head;

    private record Head(String method, String target, Map<String, String> headers, int bytes) {}

    /// Thrown for a request that is not HTTP/1.1 or is over a limit; the connection answers with it
    /// and closes.
    static final class BadRequest extends RuntimeException {
        private final int status;

        BadRequest(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    void feed(byte[] more) {
        if (end + more.length > MOST_HEAD_BYTES + 2 * MOST_BODY_BYTES) {
            throw new BadRequest(413, "request over the limit");
        }
        if (end + more.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, end + more.length));
        }
        System.arraycopy(more, 0, bytes, end, more.length);
        end += more.length;
    }

    /// Whether the head of a request is here that waits for `100 Continue` before its body.
    boolean expectsContinue() {
        return head != null
                && "100-continue".equalsIgnoreCase(head.headers.get("expect"))
                && end == head.bytes;
    }

    /// The next complete request, or null until more bytes come.
    @Nullable HttpRequest next() {
        if (head == null) {
            head = readHead();
        }
        Head current = head;
        if (current == null) {
            return null;
        }
        return current.headers.containsKey("transfer-encoding") ? chunked(current) : sized(current);
    }

    private @Nullable Head readHead() {
        for (int i = Math.max(0, searched - 3); i + 3 < end; i++) {
            if (bytes[i] == '\r'
                    && bytes[i + 1] == '\n'
                    && bytes[i + 2] == '\r'
                    && bytes[i + 3] == '\n') {
                return parseHead(new String(bytes, 0, i, StandardCharsets.ISO_8859_1), i + 4);
            }
        }
        searched = end;
        if (end > MOST_HEAD_BYTES) {
            throw new BadRequest(431, "request head over " + MOST_HEAD_BYTES + " bytes");
        }
        return null;
    }

    private static Head parseHead(String text, int length) {
        String[] lines = text.split("\r\n", -1);
        String[] start = lines[0].split(" ", -1);
        if (start.length != 3 || !start[2].equals("HTTP/1.1")) {
            throw new BadRequest(400, "not an HTTP/1.1 request line");
        }
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon < 1) {
                throw new BadRequest(400, "not a header line");
            }
            String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            headers.merge(name, lines[i].substring(colon + 1).strip(), (a, b) -> a + ", " + b);
        }
        return new Head(start[0], start[1], Map.copyOf(headers), length);
    }

    private @Nullable HttpRequest sized(Head current) {
        String length = current.headers.getOrDefault("content-length", "0");
        int size = number(length, 10);
        if (size > MOST_BODY_BYTES) {
            throw new BadRequest(413, "request body over " + MOST_BODY_BYTES + " bytes");
        }
        return end - current.bytes < size
                ? null
                : take(current, current.bytes, size, current.bytes + size);
    }

    private @Nullable HttpRequest chunked(Head current) {
        byte[] body = new byte[Math.max(0, end - current.bytes)];
        int size = 0;
        int at = current.bytes;
        while (true) {
            int line = lineEnd(at);
            if (line < 0) {
                return null;
            }
            String text = new String(bytes, at, line - at, StandardCharsets.ISO_8859_1);
            int semicolon = text.indexOf(';');
            int chunk =
                    number(semicolon < 0 ? text.strip() : text.substring(0, semicolon).strip(), 16);
            at = line + 2;
            if (chunk == 0) {
                return trailer(current, at, Arrays.copyOf(body, size));
            }
            if (size + (long) chunk > MOST_BODY_BYTES) {
                throw new BadRequest(413, "request body over " + MOST_BODY_BYTES + " bytes");
            }
            if (end < at + chunk + 2) {
                return null;
            }
            System.arraycopy(bytes, at, body, size, chunk);
            size += chunk;
            at += chunk + 2;
        }
    }

    private @Nullable HttpRequest trailer(Head current, int from, byte[] body) {
        int at = from;
        for (int line = lineEnd(at); line >= 0; line = lineEnd(at)) {
            boolean last = line == at;
            at = line + 2;
            if (last) {
                HttpRequest request =
                        new HttpRequest(current.method, current.target, current.headers, body);
                drop(at);
                return request;
            }
        }
        return null;
    }

    private HttpRequest take(Head current, int from, int size, int next) {
        byte[] body = Arrays.copyOfRange(bytes, from, from + size);
        drop(next);
        return new HttpRequest(current.method, current.target, current.headers, body);
    }

    private void drop(int next) {
        System.arraycopy(bytes, next, bytes, 0, end - next);
        end -= next;
        searched = 0;
        head = null;
    }

    private int lineEnd(int from) {
        for (int i = from; i + 1 < end; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static int number(String text, int radix) {
        try {
            int number = Integer.parseInt(text, radix);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new BadRequest(400, "not a length: " + text);
        }
        throw new BadRequest(400, "negative length");
    }
}
