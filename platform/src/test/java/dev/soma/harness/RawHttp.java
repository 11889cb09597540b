package dev.soma.harness;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// A connection on which a test sends exactly the bytes it wants.
public final class RawHttp implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket = new Socket();

    public RawHttp(String gateway) throws IOException {
        URI uri = URI.create(gateway);
        socket.setReceiveBufferSize(8_192);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    public void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /// A whole POST with a JSON body.
    public void post(String path, String key, String body) throws IOException {
        send(
                "POST %s HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(path, key, body.getBytes(StandardCharsets.UTF_8).length, body));
    }

    /// At least one byte, or nothing when the other side has closed.
    public String readSome() throws IOException {
        byte[] buffer = new byte[65_536];
        int read = socket.getInputStream().read(buffer);
        return read < 0 ? "" : new String(buffer, 0, read, StandardCharsets.UTF_8);
    }

    /// Everything until this text has come or the other side has closed.
    public String readUntil(String mark) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[65_536];
        while (!all.toString(StandardCharsets.UTF_8).contains(mark)) {
            int read;
            try {
                read = socket.getInputStream().read(buffer);
            } catch (SocketException reset) {
                break;
            }
            if (read < 0) {
                break;
            }
            all.write(buffer, 0, read);
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /// The last bytes before the other side closed or the chunked body ended.
    public String readToItsLast(int bytes) throws IOException {
        byte[] buffer = new byte[1 << 20];
        String last = "";
        while (!last.endsWith("0\r\n\r\n")) {
            int read = socket.getInputStream().read(buffer);
            if (read < 0) {
                return last;
            }
            last +=
                    new String(
                            buffer,
                            Math.max(0, read - bytes),
                            Math.min(read, bytes),
                            StandardCharsets.US_ASCII);
            last = last.substring(Math.max(0, last.length() - bytes));
        }
        return last;
    }

    /// Whether anything has arrived that was not read yet.
    public boolean hasBytes() throws IOException {
        return socket.getInputStream().available() > 0;
    }

    /// Sends one byte and tells whether the other side has closed by now.
    public boolean closedAfter(String drop) {
        try {
            send(drop);
            socket.setSoTimeout(1);
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException closed) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
