package dev.soma.acceptance;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// A client of Redis that speaks RESP2 over one connection.
final class Redis implements AutoCloseable {
    private static final int SILENCE_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;

    /// @param address `redis://:password@host:port`
    Redis(String address) throws IOException {
        URI uri = URI.create(address);
        socket = new Socket(uri.getHost(), uri.getPort());
        socket.setSoTimeout(SILENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
        String credentials = uri.getUserInfo();
        if (credentials != null) {
            call("AUTH", credentials.substring(credentials.indexOf(':') + 1));
        }
    }

    void write(Map<String, String> values) throws IOException {
        List<String> words = new ArrayList<>(List.of("MSET"));
        values.forEach(
                (key, value) -> {
                    words.add(key);
                    words.add(value);
                });
        call(words.toArray(String[]::new));
    }

    /// Every key, by a whole SCAN.
    SortedSet<String> keys() throws IOException {
        SortedSet<String> keys = new TreeSet<>();
        String cursor = "0";
        do {
            List<?> answer = list(call("SCAN", cursor, "COUNT", "1000"));
            cursor = String.valueOf(answer.getFirst());
            list(answer.getLast()).forEach(key -> keys.add(String.valueOf(key)));
        } while (!cursor.equals("0"));
        return keys;
    }

    private static List<?> list(Object answer) {
        if (answer instanceof List<?> items) {
            return items;
        }
        throw new IllegalStateException("Redis answered no list: " + answer);
    }

    private Object call(String... words) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(ascii("*" + words.length + "\r\n"));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            request.writeBytes(ascii("$" + bytes.length + "\r\n"));
            request.writeBytes(bytes);
            request.writeBytes(ascii("\r\n"));
        }
        socket.getOutputStream().write(request.toByteArray());
        return reply();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Object reply() throws IOException {
        String line = line();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+', ':' -> rest;
            case '$' -> bulk(Integer.parseInt(rest));
            case '*' -> array(Integer.parseInt(rest));
            default -> throw new IOException("Redis refused: " + line);
        };
    }

    private List<Object> array(int size) throws IOException {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            items.add(reply());
        }
        return items;
    }

    private String bulk(int length) throws IOException {
        if (length < 0) {
            return "";
        }
        byte[] bytes = in.readNBytes(length);
        line();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("Redis closed the connection");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
