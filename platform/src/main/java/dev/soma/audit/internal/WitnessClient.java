package dev.soma.audit.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/// Speaks C2SP tlog-witness to one witness.
class WitnessClient implements AutoCloseable {
    private static final int MAX_ANSWER_BYTES = 16 * 1024;
    private static final int SHOWN_CHARS = 200;

    private final URI address;
    private final Duration timeout;
    private final HttpClient http;

    /// What a witness said to a checkpoint.
    sealed interface Said {
        /// @param lines cosignature lines, not yet verified
        record Cosigned(String lines) implements Said {}

        /// @param size of the checkpoint that it cosigned last
        record Conflict(long size) implements Said {}

        /// The checkpoint does not append to what it cosigned last.
        record BadProof(String reason) implements Said {}

        record Refused(String reason) implements Said {}

        record Unreachable(String reason) implements Said {}
    }

    WitnessClient(String url, int timeoutMillis) {
        String base = url.strip();
        this.address =
                URI.create((base.endsWith("/") ? base : base + "/")).resolve("add-checkpoint");
        this.timeout = Duration.ofMillis(timeoutMillis);
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(timeout)
                        .build();
    }

    /// @param proof from `old` to the note's size, RFC 6962 2.1.2; empty when `old` is 0
    Said submit(long old, List<byte[]> proof, String note) throws InterruptedException {
        StringBuilder body = new StringBuilder("old " + old + "\n");
        NodeAuditLog.base64(proof).forEach(hash -> body.append(hash).append('\n'));
        HttpRequest request =
                HttpRequest.newBuilder(address)
                        .timeout(timeout)
                        .POST(HttpRequest.BodyPublishers.ofString(body + "\n" + note))
                        .build();
        try {
            HttpResponse<InputStream> answer =
                    http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = answer.body()) {
                byte[] text = in.readNBytes(MAX_ANSWER_BYTES);
                return said(answer.statusCode(), new String(text, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            return new Said.Unreachable(e.toString());
        }
    }

    private static Said said(int status, String text) {
        String shown =
                status + " " + text.substring(0, Math.min(SHOWN_CHARS, text.length())).strip();
        if (status == 409 && text.matches("(0|[1-9][0-9]{0,17})\n")) {
            return new Said.Conflict(Long.parseLong(text.strip()));
        }
        if (status >= 500) {
            return new Said.Unreachable(shown);
        }
        return switch (status) {
            case 200 -> new Said.Cosigned(text);
            case 422 -> new Said.BadProof(shown);
            default -> new Said.Refused(shown);
        };
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
