package dev.soma.devkit;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// A server given by its URL, taken apart: host, port, credentials, and the address without them.
record ServerAddress(String url, String host, int port, String username, String password) {
    static ServerAddress parse(Part part, String url) {
        try {
            return switch (part) {
                case POSTGRES -> postgres(url);
                case REDIS -> from(url, URI.create(url), 6379);
                case SLM, WITNESS ->
                        from(url, URI.create(url), url.startsWith("https:") ? 443 : 80);
                case KAFKA -> from(url, URI.create("kafka://" + url.split(",", 2)[0]), 9092);
                case TEMPORAL -> from(url, URI.create("temporal://" + url), 7233);
                case PLATFORM ->
                        throw new IllegalArgumentException("the platform is always started here");
            };
        } catch (IllegalArgumentException malformed) {
            throw EngineException.lasting(
                    "cannot attach to "
                            + part.id()
                            + ": "
                            + part.variable()
                            + " is not an address of one; expected "
                            + example(part),
                    malformed);
        }
    }

    private static String example(Part part) {
        return switch (part) {
            case POSTGRES -> "postgresql://user:password@host:5432/database";
            case REDIS -> "redis://:password@host:6379";
            case KAFKA -> "host:9092";
            case TEMPORAL -> "host:7233";
            case SLM, WITNESS -> "http://host:port";
            case PLATFORM -> "nothing";
        };
    }

    private static ServerAddress from(String url, URI uri, int defaultPort) {
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("no host");
        }
        String user = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
        int colon = user.indexOf(':');
        String name = colon < 0 ? user : user.substring(0, colon);
        String password = colon < 0 ? "" : user.substring(colon + 1);
        int port = uri.getPort() < 0 ? defaultPort : uri.getPort();
        return new ServerAddress(url, uri.getHost(), port, decode(name), decode(password));
    }

    /// `postgresql://user:password@host/database` or JDBC with `?user=&password=`; `url` becomes
    /// the JDBC form.
    private static ServerAddress postgres(String url) {
        String plain = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
        URI uri = URI.create(plain);
        ServerAddress parts = from(url, uri, 5432);
        Map<String, String> query = query(uri);
        String username = query.getOrDefault("user", parts.username());
        String password = query.getOrDefault("password", parts.password());
        query.remove("user");
        query.remove("password");
        StringBuilder jdbc =
                new StringBuilder("jdbc:postgresql://" + parts.host() + ":" + parts.port());
        jdbc.append(
                uri.getRawPath() == null || uri.getRawPath().length() < 2
                        ? "/postgres"
                        : uri.getRawPath());
        char separator = '?';
        for (Map.Entry<String, String> entry : query.entrySet()) {
            jdbc.append(separator).append(entry.getKey()).append('=').append(entry.getValue());
            separator = '&';
        }
        return new ServerAddress(jdbc.toString(), parts.host(), parts.port(), username, password);
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> values = new HashMap<>();
        if (uri.getRawQuery() != null) {
            for (String pair : uri.getRawQuery().split("&")) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    values.put(pair.substring(0, equals), decode(pair.substring(equals + 1)));
                }
            }
        }
        return values;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
