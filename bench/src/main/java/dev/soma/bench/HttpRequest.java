package dev.soma.bench;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One complete HTTP/1.1 request; header names in lower case.
final class HttpRequest {
    private final String method;
    private final String target;
    private final Map<String, String> headers;
    private final byte[] body;

    HttpRequest(String method, String target, Map<String, String> headers, byte[] body) {
        this.method = method;
        this.target = target;
        this.headers = headers;
        this.body = body;
    }

    String method() {
        return method;
    }

    Map<String, String> headers() {
        return headers;
    }

    byte[] body() {
        return body;
    }

    String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    String query() {
        int query = target.indexOf('?');
        return query < 0 ? "" : target.substring(query + 1);
    }

    @Nullable String header(String name) {
        return headers.get(name);
    }
}
