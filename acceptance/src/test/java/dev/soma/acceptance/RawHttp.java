package dev.soma.acceptance;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes sent to a port as they are, one connection each, and what came back.
final class RawHttp {
    static final byte[] NOTHING = new byte[0];
    private static final int CONNECT_MILLIS = 5_000;
    private static final int CHUNK = 1 << 16;
    private static final int MAX_ANSWER = 1 << 20;

    private final int port;
    private final int patienceMillis;

    /// @param patienceMillis how long an answer is waited for
    RawHttp(int port, int patienceMillis) {
        this.port = port;
        this.patienceMillis = patienceMillis;
    }

    /// @param status 0 when the connection ended without an answer, -1 when it stayed open and
    /// silent
    record Answer(int status, String text) {}

    Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(patienceMillis);
        socket.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
        return socket;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// A whole request with `Connection: close`.
    static byte[] request(String line, String headers, byte[] body) {
        byte[] head =
                ascii(
                        line
                                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                + headers
                                + "Content-Length: "
                                + body.length
                                + "\r\n\r\n");
        byte[] whole = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, whole, head.length, body.length);
        return whole;
    }

    /// Sends and reads the answer. Writing stops when the other side has had enough, which it may
    /// say before everything was sent.
    Answer exchange(byte[] bytes) throws IOException {
        try (Socket socket = connect()) {
            write(socket, bytes);
            return read(socket);
        }
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            for (int at = 0; at < bytes.length && in.available() == 0; at += CHUNK) {
                out.write(bytes, at, Math.min(CHUNK, bytes.length - at));
            }
            out.flush();
        } catch (IOException cut) {
            // The answer may still be there to be read; read() says so when it is not.
            Thread.onSpinWait();
        }
    }

    /// Reads to the end of the connection or to the end of patience.
    static Answer read(Socket socket) {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        boolean silent = false;
        try {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer);
                    n >= 0 && answer.size() < MAX_ANSWER;
                    n = in.read(buffer)) {
                answer.write(buffer, 0, n);
            }
        } catch (SocketTimeoutException patienceEnds) {
            silent = true;
        } catch (IOException reset) {
            silent = false;
        }
        String text = answer.toString(StandardCharsets.ISO_8859_1);
        if (text.startsWith("HTTP/1.") && text.length() > 12) {
            return new Answer(Integer.parseInt(text.substring(9, 12)), text);
        }
        return new Answer(silent ? -1 : 0, text);
    }
}
